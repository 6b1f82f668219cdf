"""A Kafka and how to come in: made once of the settings, and given to whoever opens a client.

The settings speak Kafka's own words (`security.protocol`, `sasl.mechanism`), the files are PEM. What does not fit
together is refused before anything is connected. TLS is 1.2 or later, and always looks at the name in a certificate.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from streams.access.tokens import TokenEndpoint, TokenPlace, TokenSource
from streams.config.secret import read_secret
from streams.config.settings import BROKER_ACCESS, Settings
from streams.errors import SettingsWrong

OAUTH = "OAUTHBEARER"


@dataclass(frozen=True, slots=True)
class Access:
    """How to come in; by default an open door. Secrets are in no representation of it."""

    protocol: str = "PLAINTEXT"
    """Kafka's `security.protocol`."""
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    """Whom to trust, and the client's own certificate; none without TLS."""
    certificate: str = ""
    """The file with the client's own certificate, where it has one."""
    mechanism: str = ""
    """Kafka's `sasl.mechanism`; empty without SASL."""
    user: str = ""
    password: str = field(default="", repr=False)
    tokens: TokenSource | None = field(default=None, repr=False)
    """Where bearer tokens come from, for OAUTHBEARER."""

    @property
    def whom(self) -> str:
        """Who comes in, as a refusal says it."""
        if self.mechanism == OAUTH:
            return "this token"
        return f"the user {self.user}" if self.user else "this client"

    @property
    def correction(self) -> str:
        """What to correct where the one who comes in is not accepted."""
        if self.mechanism == OAUTH:
            return "check who gives the tokens (broker_token, or broker_token_url and its scope), and for how long"
        return (
            "correct broker_user, or the password in the place that broker_password names, or broker_mechanism, which "
            f"is {self.mechanism}: a broker can know a user by another one"
        )

    @property
    def by(self) -> str:
        """How one comes in, in words, without anything secret."""
        who = f" as {self.user}" if self.user else ""
        return f"{self.protocol}, {self.mechanism}{who}" if self.mechanism else self.protocol


@dataclass(frozen=True, slots=True)
class Kafka:
    """Where a Kafka is, and how to come in; as text its addresses."""

    addresses: str
    """`host:port`, several separated by commas."""
    access: Access = Access()
    embedded: bool = False
    """Whether it is the one of the data folder, which runs here and which nobody has named."""

    def __str__(self) -> str:
        return self.addresses

    @property
    def servers(self) -> list[str]:
        """The addresses, one by one."""
        return [each.strip() for each in self.addresses.split(",") if each.strip()]


#: What functions take that speak to Kafka: an address alone is one with an open door.
Address = str | Kafka


def as_kafka(address: Address) -> Kafka:
    """Return an address as a Kafka."""
    return Kafka(address) if isinstance(address, str) else address


def kafka_of(settings: Settings) -> Kafka:
    """The Kafka that the settings name; raises `SettingsWrong` for what does not fit together or is not there."""
    return Kafka(settings.broker, _access_of(settings))


def with_open_broker(settings: Settings, address: str) -> Settings:
    """The settings with another Kafka in them, whose door is open: the embedded one, which is on this machine."""
    opened = {name: Settings.model_fields[name].default for name in BROKER_ACCESS}
    return settings.model_copy(update={**opened, "broker": address})


def _access_of(settings: Settings) -> Access:
    protocol = settings.broker_protocol
    encrypted, asked = protocol in ("SSL", "SASL_SSL"), protocol.startswith("SASL_")
    _refuse_idle(settings, encrypted, asked)
    tls, certificate = _tls(settings) if encrypted else None, settings.broker_certificate
    if not asked:
        return Access(protocol, tls, certificate)
    mechanism, user = settings.broker_mechanism, settings.broker_user
    if mechanism == OAUTH:
        return Access(protocol, tls, certificate, mechanism, user, tokens=_tokens(settings))
    if not user or not settings.broker_password:
        missing = "broker_password" if user else "broker_user"
        raise SettingsWrong(f"{missing}: {protocol} with {mechanism} needs it; set it, or another broker_protocol")
    return Access(protocol, tls, certificate, mechanism, user, read_secret("broker_password", settings.broker_password))


def _refuse_idle(settings: Settings, encrypted: bool, asked: bool) -> None:
    """Refuse settings that would have no effect: whoever set a password believes that it is asked for."""
    idle = [] if encrypted else ["broker_ca", "broker_certificate", "broker_key", "broker_key_password"]
    idle += [] if asked else ["broker_user", "broker_password", "broker_token", "broker_token_url"]
    for name in idle:
        if getattr(settings, name):
            wanted = "SASL_SSL" if name not in ("broker_ca", "broker_certificate") else "SSL or SASL_SSL"
            raise SettingsWrong(
                f"{name} is set, but has no effect with broker_protocol {settings.broker_protocol}; set it to {wanted}"
            )
    if settings.broker_key and not settings.broker_certificate:
        raise SettingsWrong("broker_key is set without broker_certificate; name the certificate that it belongs to")


def _tls(settings: Settings) -> ssl.SSLContext:
    authorities = _file("broker_ca", settings.broker_ca)
    try:
        context = ssl.create_default_context(cafile=authorities)
    except ssl.SSLError:
        raise SettingsWrong(f"broker_ca: no certificate is in {authorities}; name a file in PEM form") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate, key = (
        _file("broker_certificate", settings.broker_certificate),
        _file("broker_key", settings.broker_key),
    )
    if certificate is None:
        return context
    # Without a password OpenSSL would ask for one on the terminal.
    secret = read_secret("broker_key_password", settings.broker_key_password) if settings.broker_key_password else ""
    try:
        context.load_cert_chain(certificate, key, secret)
    except ssl.SSLError:
        raise SettingsWrong(
            f"broker_certificate: {certificate} and its key{f' in {key}' if key else ''} cannot be used; name files in "
            "PEM form that belong together, and the password of an encrypted key in broker_key_password"
        ) from None
    return context


def _file(setting: str, name: str) -> str | None:
    if not name:
        return None
    path = Path(name).expanduser()
    try:
        path.open("rb").close()
    except OSError as error:
        raise SettingsWrong(f"{setting}: {path} cannot be read ({error.strerror}); correct the path") from error
    return str(path)


def _tokens(settings: Settings) -> TokenSource:
    if settings.broker_token:
        return TokenPlace(settings.broker_token)
    if not settings.broker_token_url:
        raise SettingsWrong(f"broker_token_url: {OAUTH} needs it, or a token that broker_token names; set one of them")
    if not settings.broker_user or not settings.broker_password:
        missing = "broker_password" if settings.broker_user else "broker_user"
        raise SettingsWrong(f"{missing}: broker_token_url is asked with a client's name and secret; set it")
    secret = read_secret("broker_password", settings.broker_password)
    return TokenEndpoint(settings.broker_token_url, settings.broker_user, secret, settings.broker_token_scope)
