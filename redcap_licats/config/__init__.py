"""Settings of the runs, read from ``licats.toml``. Nothing in it can change a clinical result."""

from redcap_licats.config.base import checked_url, is_loopback, machine_state
from redcap_licats.config.delivery import DigestSettings, UploadSettings
from redcap_licats.config.load import FILE, VARIABLE, Config, load_config
from redcap_licats.config.notify import MailSettings, NotifySettings, PingSettings
from redcap_licats.config.project import ProjectSettings
from redcap_licats.config.service import ServiceSettings
from redcap_licats.config.token import TokenSource

__all__ = [
    "FILE",
    "VARIABLE",
    "Config",
    "DigestSettings",
    "MailSettings",
    "NotifySettings",
    "PingSettings",
    "ProjectSettings",
    "ServiceSettings",
    "TokenSource",
    "UploadSettings",
    "checked_url",
    "is_loopback",
    "load_config",
    "machine_state",
]
