"""Cohort statistics over derived values, and their comparison with the published cohort. Pure."""
