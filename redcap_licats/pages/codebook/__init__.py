"""The codebook: every field of a project on one page to read, search and print."""

from redcap_licats.pages.codebook.page import Codebook, codebook_html

__all__ = ["Codebook", "codebook_html"]
