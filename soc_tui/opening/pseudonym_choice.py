"""What is sent as pseudonyms, as the settings say it."""

from __future__ import annotations

from soc_tui.analysts.pseudonyms.row_names import Chosen
from soc_tui.config.settings import OpenAISettings
from soc_tui.model.errors import ConfigError

KINDS = ("users", "hosts", "addresses", "mail")


def pseudonym_choice(settings: OpenAISettings) -> Chosen:
    """What is chosen. ConfigError: a word that means nothing; no name is sent by a slip."""
    words = {word.strip().casefold() for word in settings.pseudonyms if word.strip()}
    if words == {"all"}:
        words = set(KINDS)
    if unknown := sorted(words - set(KINDS)):
        raise ConfigError(
            f"openai.pseudonyms: {unknown[0]!r} is nothing that has pseudonyms.",
            f"It takes {', '.join(KINDS)}, or all.",
            "Correct it in config.toml or in the settings.",
        )
    return Chosen(
        users="users" in words,
        hosts="hosts" in words,
        addresses="addresses" in words,
        mail="mail" in words,
        columns=frozenset(settings.pseudonym_columns),
    )
