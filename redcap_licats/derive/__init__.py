"""Timing, evidence, exposure, aplasia, grade and classification: pure functions from a subject."""
