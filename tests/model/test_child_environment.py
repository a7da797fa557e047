"""Programs that are started get no key of ours."""

from soc_tui.model.child_environment import without_keys


def test_keys_are_taken_out_and_the_rest_stays() -> None:
    keys = ["OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_CLIENT_SECRET", "AZURE_PASSWORD"]
    kept = {"PATH": "/bin", "OPENAI_BASE_URL": "http://h", "EDITOR": "vim", "AZURE_TENANT_ID": "t"}
    assert without_keys({**dict.fromkeys(keys, "secret"), **kept}) == kept
