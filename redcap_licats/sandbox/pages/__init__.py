"""The sandbox's web pages: signing in as a user of a project and entering data as on REDCap's pages.

There are no passwords: whoever reaches the server may be anybody. It is for synthetic data on this machine only.
"""
