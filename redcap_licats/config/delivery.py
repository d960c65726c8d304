"""``[project.upload]`` and ``[project.digest]``: how workbooks and news of queries reach sites and monitors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from redcap_licats.config.base import Strict
from redcap_licats.config.notify import Address

#: longest name of a folder in the File Repository
_Name = Annotated[str, StringConstraints(min_length=1, max_length=150, strip_whitespace=True)]
_Addresses = Annotated[tuple[Address, ...], Field(min_length=1)]


def _names_the_site(name: str) -> str:
    if name.count("{site}") != 1 or name.replace("{site}", "").strip("{}") != name.replace("{site}", ""):
        raise ValueError("the name must hold {site} once, such as 'LICATS {site}', so that each site has its own")
    return name


class UploadSettings(Strict):
    """``[project.upload]``: folders at the top of the File Repository, and the roles they must be restricted to.

    Attributes:
        site_folder: Name of a site's folder; ``{site}`` is the unique name of its Data Access Group.
        monitor_folder: Name of the monitors' folder.
        site_role, monitor_role: Labels of the roles that the folders are restricted to.
    """

    site_folder: Annotated[_Name, AfterValidator(_names_the_site)] = "LICATS {site}"
    monitor_folder: _Name = "LICATS monitors"
    site_role: _Name = "Coordinator"
    monitor_role: _Name = "Monitor"

    @model_validator(mode="after")
    def _roles_differ(self) -> UploadSettings:
        if self.site_role == self.monitor_role:
            raise ValueError("site_role and monitor_role must differ: sites must not see medical queries")
        return self


class DigestSettings(Strict):
    """``[project.digest]``: who is told by e-mail how many queries wait, through the server of ``[notify.mail]``.

    Attributes:
        sites: Addresses by the unique name of the Data Access Group.
        monitors: Addresses of monitors.
        language: Of the mails; the study's if missing.
    """

    sites: Mapping[str, _Addresses] = {}
    monitors: tuple[Address, ...] = ()
    language: Literal["en", "ja"] | None = None

    @model_validator(mode="after")
    def _somebody(self) -> DigestSettings:
        if not (self.sites or self.monitors):
            raise ValueError("give addresses: sites, monitors")
        return self
