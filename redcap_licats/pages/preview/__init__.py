"""All forms of a project on one page that needs nothing else: to try out, as a blank and an annotated CRF."""

from redcap_licats.pages.preview.page import Preview, preview_html
from redcap_licats.pages.preview.pdf import Style, find_browser, print_pdf

__all__ = ["Preview", "Style", "find_browser", "preview_html", "print_pdf"]
