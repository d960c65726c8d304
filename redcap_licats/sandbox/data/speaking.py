"""Further languages of a project, which Multi-Language Management keeps beside the dictionary.

Source: facts/redcap_api.md 4.6.
"""

from __future__ import annotations

from dataclasses import replace

from redcap_licats.definition.language_file import read_language
from redcap_licats.definition.languages import Language
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site


def store_language(session: Session, site: Site, content: bytes) -> Language:
    """Give a project the language of a file, in the place of one with the same key.

    Raises:
        ConfigError: The content is no language file.
    """
    language = read_language(content, site.layout.dictionary)
    kept = tuple(one for one in site.state.languages if one.key != language.key)
    session.save_site(replace(site, state=replace(site.state, languages=(*kept, language))))
    return language
