"""How settings become a way into Kafka: secrets by reference, and nothing that would have no effect."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from streams.access.kafka import Access, Kafka, as_kafka, kafka_of, with_open_broker
from streams.bootstrap import environment_of
from streams.config.settings import BROKER_ACCESS, Settings, load
from streams.errors import SettingsWrong

SECRET = "hunter2-secret"
SCRAM = {"broker": "k:1", "broker_protocol": "SASL_SSL", "broker_user": "u", "broker_password": "env:THE_PASSWORD"}


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_PASSWORD", SECRET)


@pytest.mark.parametrize("setting", ["broker_password", "broker_token", "broker_key_password"])
@pytest.mark.parametrize("value", [SECRET, "env:", "env:not a name", "file:", f"ENV:{SECRET}"])
def test_a_secret_itself_is_refused_and_not_repeated(setting: str, value: str) -> None:
    """A settings file is read by many; what was written there by mistake must not end in a log as well."""
    with pytest.raises(SettingsWrong) as refused:
        load(**{setting: value})
    assert f"{setting}: say where the secret is, not what it is: env:NAME or file:PATH" in str(refused.value)
    assert SECRET not in str(refused.value) + repr(refused.value.__cause__) + str(refused.value.__cause__)


def test_passwords_come_from_the_environment_or_a_file_and_are_shown_nowhere(tmp_path: Path) -> None:
    """Neither by the settings, nor by what is made of them, nor to a child process but by reference."""
    file = tmp_path / "password"
    file.write_text(SECRET + "\n")
    for reference in ("env:THE_PASSWORD", f"file:{file}"):
        settings = load(**{**SCRAM, "broker_password": reference})
        kafka = kafka_of(settings)
        assert kafka.access.password == SECRET
        shown = [repr(settings), str(settings), repr(kafka), str(kafka), f"{kafka.access}", kafka.access.by]
        assert SECRET not in "".join(shown) + "".join(environment_of(settings).values())
        assert environment_of(settings)["DEALWATCH_BROKER_PASSWORD"] == reference
    assert str(kafka) == "k:1" and kafka.access.by == "SASL_SSL, SCRAM-SHA-512 as u"


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("env:NOT_THERE", "broker_password: the environment variable NOT_THERE is empty or not set"),
        ("file:/not/there", "broker_password: the file /not/there cannot be read (No such file or directory)"),
    ],
)
def test_a_place_without_a_secret_is_named(reference: str, words: str) -> None:
    """Before anything is connected."""
    with pytest.raises(SettingsWrong) as refused:
        kafka_of(load(**{**SCRAM, "broker_password": reference}))
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"broker_protocol": "PLAINTEXT"}, "broker_user is set, but has no effect with broker_protocol PLAINTEXT"),
        ({"broker_protocol": "SSL"}, "broker_user is set, but has no effect with broker_protocol SSL; set it to SASL"),
        ({"broker_protocol": "SASL_PLAINTEXT", "broker_ca": "ca.pem"}, "broker_ca is set, but has no effect"),
        ({"broker_user": ""}, "broker_user: SASL_SSL with SCRAM-SHA-512 needs it"),
        ({"broker_password": ""}, "broker_password: SASL_SSL with SCRAM-SHA-512 needs it"),
        ({"broker_ca": "/not/there"}, "broker_ca: /not/there cannot be read"),
        ({"broker_key": "key.pem"}, "broker_key is set without broker_certificate"),
        ({"broker_mechanism": "OAUTHBEARER"}, "broker_token_url: OAUTHBEARER needs it, or a token"),
        ({"broker_token_url": "http://tokens.example/"}, "write an address that begins with https://"),
        ({"broker_token_url": "https://a:b@tokens.example/"}, "secret into broker_user and broker_password, not the"),
        ({"broker_mechanism": "GSSAPI"}, "broker_mechanism: Input should be 'SCRAM-SHA-512'"),
    ],
)
def test_what_does_not_fit_together_is_refused_with_what_to_do(given: dict[str, str], words: str) -> None:
    """Whoever sets a password believes that it is asked for; whoever sets an authority, that it is looked at."""
    with pytest.raises(SettingsWrong) as refused:
        kafka_of(load(**{**SCRAM, **given}))
    assert words in str(refused.value)


def test_tls_looks_at_names_and_takes_nothing_old() -> None:
    """No setting turns that off."""
    tls = kafka_of(load(**{**SCRAM, "broker_protocol": "sasl_ssl"})).access.tls
    assert tls is not None
    assert (tls.check_hostname, tls.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert tls.minimum_version == ssl.TLSVersion.TLSv1_2


def test_files_without_certificates_or_with_others_keys_are_named(tmp_path: Path) -> None:
    """OpenSSL's own words are of no use to anybody, and it must not ask for a password on the terminal."""
    one, other = trustme.CA().issue_cert("one"), trustme.CA().issue_cert("other")
    certificate, key, text = tmp_path / "one.pem", tmp_path / "other-key.pem", tmp_path / "text"
    certificate.write_bytes(one.cert_chain_pems[0].bytes())
    key.write_bytes(other.private_key_pem.bytes())
    text.write_text("no certificate")
    base = {"broker": "k:1", "broker_protocol": "SSL"}
    with pytest.raises(SettingsWrong, match="broker_ca: no certificate is in"):
        kafka_of(load(**base, broker_ca=str(text)))
    with pytest.raises(SettingsWrong, match="belong together"):
        kafka_of(load(**base, broker_certificate=str(certificate), broker_key=str(key)))


def test_the_embedded_kafka_has_an_open_door_whatever_is_said_of_another() -> None:
    """`make run` works in the same folder as the settings of a real Kafka; children come in the same way."""
    settings = with_open_broker(load(**{**SCRAM, "broker": ""}), "127.0.0.1:9")
    assert kafka_of(settings) == Kafka("127.0.0.1:9")
    assert {getattr(settings, name) for name in BROKER_ACCESS} == {"", "PLAINTEXT", "SCRAM-SHA-512"}


def test_every_setting_about_coming_in_is_one_that_is_reset() -> None:
    """One that was forgotten would make the embedded Kafka unreachable."""
    named = {name for name in Settings.model_fields if name.startswith("broker_")}
    assert named == set(BROKER_ACCESS)


def test_an_address_alone_is_a_kafka_with_an_open_door() -> None:
    """Spaces around the commas are nobody's fault."""
    assert as_kafka("a:1, b:2").servers == ["a:1", "b:2"]
    assert as_kafka("a:1").access.by == "PLAINTEXT"


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_who_is_not_accepted_hears_by_which_mechanism(mechanism: str) -> None:
    """A broker refuses a user of another mechanism in the same words as a wrong password."""
    correction = Access("SASL_SSL", mechanism=mechanism, user="ann").correction
    assert correction.startswith("correct broker_user, or the password in the place that broker_password names, or ")
    assert f"broker_mechanism, which is {mechanism}:" in correction
