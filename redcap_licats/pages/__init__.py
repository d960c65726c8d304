"""A dictionary's forms as web pages, which work in the browser without asking any server.

What another page needs to hold a form::

    page = FormPage(project, "labs", place=Place("12", "", 2), values={…}, rows=(Row({…}), …))
    body = render_form(page)        # the fields, to stand inside a <form method="post"> of your own
    script = page_script([page])    # all that runs: runtime, behaviour, the form's logic and texts
    policy = content_policy(scripts=[script], styles=[STYLE])    # for a <meta> or a header

    <style>{STYLE}</style> <form method="post">{body} <button>Save</button></form> <script>{script}</script>

The script stands at the end of the body. It warns of empty required fields and stops a save while a value has a
wrong format: a submit button with ``formnovalidate`` (Cancel) is never stopped. Several forms of one record may
stand on one page, each in a ``<form>`` of its own; ``page_script`` then takes them all.

What a browser posts is read by :func:`submitted`, which gives stored values by flat column, dates year first. An
element with ``data-language-choice`` is filled by the script with the choice of language. Inputs bear the names
of flat columns (``age``, ``race___2``, ``labs_complete``), so other inputs of the <form> need other names; those
that begin with ``__`` are never taken.
"""

from redcap_licats.pages.assets import STYLE, content_policy
from redcap_licats.pages.model import ENGLISH, FormPage, Place, Row
from redcap_licats.pages.render import render_form
from redcap_licats.pages.script import page_script
from redcap_licats.pages.submit import submitted

__all__ = [
    "ENGLISH",
    "STYLE",
    "FormPage",
    "Place",
    "Row",
    "content_policy",
    "page_script",
    "render_form",
    "submitted",
]
