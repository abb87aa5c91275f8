"""The settings and the refusals of the road through Kafka and of PostgreSQL, without a server."""

from pathlib import Path

import pytest

from taquilla.errors import SettingsError
from taquilla.settings import Settings, load_settings
from test_cli import run


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("KAFKA__BOOTSTRAP", "localhost", "No brokers such as localhost:9092"),
        ("KAFKA__BOOTSTRAP", "user:canary@host:9092", "No brokers such as"),
        ("KAFKA__TOPIC", "films!", "kafka.topic"),
        ("KAFKA__DLQ_TOPIC", "bad topic!", "kafka.dlq_topic"),
        ("KAFKA__DLQ_TOPIC", "tmdb_data", "must be another topic than kafka.topic"),
        ("POSTGRES__URL", "mysql://a@b/c", "No address such as postgresql://"),
        ("POSTGRES__URL", "postgresql://a@b", "No address such as postgresql://"),
        ("POSTGRES__URL", "postgresql://a:canary@b/c", "must hold no password"),
        ("POSTGRES__URL", "postgresql://a@b/c?password=canary", "must hold no password"),
        ("POSTGRES__URL", "postgresql://a@b/c?sslpassword=canary", "must hold no password"),
    ],
)
def test_an_address_that_cannot_be_is_told_without_its_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"TAQUILLA_{setting}", value)
    with pytest.raises(SettingsError, match=said) as refused:
        load_settings()
    assert "canary" not in str(refused.value)


def test_several_brokers_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings: Settings = load_settings(kafka={"bootstrap": "a:9092, [::1]:9093"})
    assert settings.kafka.bootstrap == "a:9092,[::1]:9093"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("produce",), "Missing setting tmdb.token"),
        (("consume",), "Missing setting kafka.bootstrap"),
        (("topics", "create"), "Missing setting kafka.bootstrap"),
        (("consume", "--follow"), "Missing setting kafka.bootstrap"),
        (("migrate",), "Missing setting postgres.url"),
        (("migrate", "--down"), "Missing setting postgres.url"),
        (("produce", "x.ndjson", "--pages", "2"), "--pages and files do not go together"),
        (("dead-letters", "show", "7"), "There is no raw row 7"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = run(*words, folder=tmp_path, code=3 if words[0] == "dead-letters" else 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
