"""The program's own texts in English and Japanese."""

from redcap_licats.messages.catalogue import LANGUAGES, Language, Texts, catalogue

__all__ = ["LANGUAGES", "Language", "Texts", "catalogue"]
