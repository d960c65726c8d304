"""Where a secret is kept. Never the secret itself."""

from __future__ import annotations

from pydantic import model_validator

from redcap_licats.config.base import PathBeside, Strict


class TokenSource(Strict):
    """Where a token or password is kept, and never what it is: exactly one of environment, file, keyring."""

    env: str | None = None
    file: PathBeside | None = None
    keyring: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> TokenSource:
        if sum(one is not None for one in (self.env, self.file, self.keyring)) != 1:
            raise ValueError("give exactly one of env, file, keyring")
        return self
