"""The texts of a form in all languages of its page, side by side: the browser shows one and hides the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from markupsafe import Markup

from redcap_licats.definition.languages import FieldTexts, Language
from redcap_licats.definition.logic import Reference
from redcap_licats.definition.model import Field, FieldType
from redcap_licats.definition.piping import pipes
from redcap_licats.pages.model import FormPage
from redcap_licats.pages.safe import block, inline, plain
from redcap_licats.pages.texts import page_texts

_NONE = FieldTexts()


@dataclass(frozen=True, slots=True)
class Wording:
    """Gives texts of a page as markup; where languages do not differ, the text stands once."""

    page: FormPage

    def own(self, key: str) -> Markup:
        """Give one of the pages' own texts."""
        return self._sides(lambda language: Markup.escape(page_texts(language.key)[key]))

    def form(self) -> Markup:
        """Give the form's label."""
        label = self.page.project.form_labels.get(self.page.form, self.page.form)
        return self._sides(lambda language: self._inline(language.forms.get(self.page.form) or label))

    def label(self, field: Field) -> Markup:
        """Give a field's label; that of a descriptive field may have paragraphs."""
        known, links = self.page.project.dictionary, self.page.links
        if field.type is FieldType.DESCRIPTIVE:
            return self._sides(
                lambda language: block(_texts(language, field).label or field.label, known, links), "div"
            )
        return self._sides(lambda language: self._inline(_texts(language, field).label or field.label))

    def note(self, field: Field) -> Markup:
        """Give a field's note."""
        return self._sides(lambda language: self._inline(_texts(language, field).note or field.note))

    def header(self, field: Field) -> Markup:
        """Give the section header above a field."""
        return self._sides(
            lambda language: self._inline(_texts(language, field).section_header or field.section_header)
        )

    def choice(self, field: Field, code: str) -> Markup:
        """Give the label of a choice."""
        return self._sides(lambda language: self._inline(choice_label(field, code, language)))

    def option(self, field: Field, code: str) -> Markup:
        """Give an <option>'s text and, where languages differ, an attribute with all of them."""
        return self._option(lambda language: choice_label(field, code, language))

    def own_option(self, key: str) -> Markup:
        """Give an <option>'s text out of the pages' own."""
        return self._option(lambda language: page_texts(language.key)[key])

    def missing(self, code: str) -> Markup:
        """Give the label of a missing-data code."""
        label = self.page.project.missing_data_codes[code]
        return self._sides(lambda language: self._inline(language.missing_codes.get(code) or label))

    def _inline(self, text: str) -> Markup:
        return inline(text, self.page.project.dictionary, self.page.links)

    def _sides(self, text: Callable[[Language], Markup], element: str = "span") -> Markup:
        sides = [(language.key, text(language)) for language in self.page.languages]
        if len({markup for _, markup in sides}) == 1:
            return sides[0][1]
        return Markup("").join(
            Markup('<{} class="t" lang="{}"{}>{}</{}>').format(
                Markup(element),  # noqa: S704 - one of two literals
                key,
                Markup("") if key == self.page.shown_language else Markup(" hidden"),
                markup,
                Markup(element),  # noqa: S704 - as above
            )
            for key, markup in sides
        )

    def _option(self, text: Callable[[Language], str]) -> Markup:
        sides = {language.key: plain(text(language)) for language in self.page.languages}
        shown = sides[self.page.shown_language]
        if len(set(sides.values())) == 1:
            return Markup(">{}").format(shown)
        return Markup(' data-t="{}">{}').format(json.dumps(sides, ensure_ascii=False), shown)


def choice_label(field: Field, code: str, language: Language) -> str:
    """Give the text of a choice in a language; those of yesno and truefalse are the pages' own."""
    if translated := _texts(language, field).choices.get(code):
        return translated
    own = {
        FieldType.YESNO: {"1": "yes", "0": "no"},
        FieldType.TRUEFALSE: {"1": "true", "0": "false"},
    }.get(field.type)
    return page_texts(language.key)[own[code]] if own else field.choices[code]


def piped_fields(page: FormPage) -> Iterator[str]:
    """Name the fields that texts of the form pipe in, in any language."""
    known = page.project.dictionary
    for field in known.forms.get(page.form, ()):
        own = FieldTexts(field.label, field.note, field.section_header, field.choices)
        for one in (own, *(_texts(language, field) for language in page.languages)):
            for text in (one.label, one.note, one.section_header, *one.choices.values()):
                yield from (what.field for what in pipes(text, known) if isinstance(what, Reference))


def _texts(language: Language, field: Field) -> FieldTexts:
    return language.fields.get(field.name, _NONE)
