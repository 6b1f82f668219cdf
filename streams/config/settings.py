"""Every setting of Dealwatch with unit, range and meaning. Read once; rooms get the small values they need.

Sources, strongest first: command-line options, environment (`DEALWATCH_…`), a TOML file named by `DEALWATCH_CONFIG` (or
`dealwatch.toml` in the working directory), the defaults here. Every setting is listed in `docs/settings.md`.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from streams.alerts.policy import Policy
from streams.config.address import check_brokers, has_credentials, parts_of
from streams.config.secret import FORM, is_reference, keep_out_of_logs, read_secret
from streams.config.toml import NotToml, read_toml
from streams.errors import SettingsWrong

CONFIG_VARIABLE = "DEALWATCH_CONFIG"
#: The settings that say how to come into `broker`.
BROKER_ACCESS = (
    "broker_protocol",
    "broker_ca",
    "broker_certificate",
    "broker_key",
    "broker_key_password",
    "broker_mechanism",
    "broker_user",
    "broker_password",
    "broker_token",
    "broker_token_url",
    "broker_token_scope",
)


class Settings(BaseSettings):
    """One frozen object, made at the start of a command."""

    model_config = SettingsConfigDict(env_prefix="DEALWATCH_", frozen=True, extra="forbid", hide_input_in_errors=True)

    broker: str = Field("", description="Kafka to use, host:port[,host:port]; empty: the embedded one")
    broker_protocol: Literal["PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT"] = Field(
        "PLAINTEXT", description="how to come in, Kafka's security.protocol: PLAINTEXT, SSL, SASL_SSL or SASL_PLAINTEXT"
    )
    broker_ca: str = Field(
        "", description="file with the certificates of the authorities to trust, PEM; empty: the system's"
    )
    broker_certificate: str = Field("", description="file with this client's certificate and its chain, PEM (mTLS)")
    broker_key: str = Field("", description="file with the certificate's private key, PEM; empty: in the same file")
    broker_key_password: str = Field("", description="where the key's password is: env:NAME or file:PATH")
    broker_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER"] = Field(
        "SCRAM-SHA-512", description="Kafka's sasl.mechanism: SCRAM-SHA-512, SCRAM-SHA-256, PLAIN or OAUTHBEARER"
    )
    broker_user: str = Field("", description="user name, or client id where tokens are asked for")
    broker_password: str = Field(
        "", description="where the password, or the client's secret, is: env:NAME or file:PATH"
    )
    broker_token: str = Field(
        "", description="where a bearer token is that somebody else renews: env:NAME or file:PATH"
    )
    broker_token_url: str = Field(
        "", description="address that gives bearer tokens for client id and secret (OAuth 2.0 client credentials)"
    )
    broker_token_scope: str = Field("", description="scope to ask a token for; empty: none")
    prefix: str = Field(
        "", pattern=r"^[A-Za-z0-9._-]*$", description="put before every topic name and group, per environment"
    )
    partitions: int = Field(
        4, ge=1, le=1000, description="partitions of deal.activity and deal.state; fixed at creation"
    )
    replication: int = Field(0, ge=0, le=10, description="replicas of each topic; 0: the broker's default")
    data: Path = Field(Path(".dealwatch"), description="folder of the embedded Kafka and of local files")

    store: Literal["memory", "rocksdb"] = Field(
        "memory", description="where a worker keeps its states: memory, or rocksdb for states larger than memory"
    )
    deals_at_work: int = Field(
        2_000, ge=1, description="deals of a partition that stay decoded in memory; the others are kept packed"
    )
    clock: Literal["auto", "event", "wall"] = Field(
        "auto",
        description="what moves time where no event does: auto (the wall clock, once events are live), event, or wall",
    )
    commit_interval_seconds: float = Field(1.0, gt=0, le=60, description="seconds between checkpoints")
    model_wait_seconds: float = Field(
        30.0,
        gt=0,
        le=3600,
        description="seconds a partition waits for the day's models before it goes on with the last",
    )
    page: bool = Field(
        True,
        description="whether this worker serves the page, which keeps every open deal of all partitions in memory; "
        "metrics and probes are there anyway",
    )
    web_host: str = Field("127.0.0.1", description="address of page and metrics")
    web_port: int = Field(
        8787,
        ge=0,
        le=65535,
        description="port of page and metrics; what runs beside the worker has the next one; 0: any free ones",
    )
    web_token: str = Field(
        "",
        description="where the token is that the page asks for, env:NAME or file:PATH; needed beyond loopback",
    )
    web_hosts: str = Field(
        "",
        description="names under which the page is reached besides loopback's, by commas; "
        "with the port where browsers name one",
    )
    web_actions: bool = Field(True, description="whether people may act on alerts on the page; else it only shows")
    web_user_header: str = Field(
        "",
        pattern=r"^[A-Za-z0-9-]*$",
        description="header in which a proxy in front of the page says who asks; empty: the browser asks for a name",
    )
    web_proxies: str = Field(
        "",
        description="addresses or networks of proxies in front of the page, by commas, that are believed for whom they "
        "ask and by which scheme (X-Forwarded-For, X-Forwarded-Proto); one on this machine is anyway",
    )
    prometheus_url: str = Field(
        "", description="Prometheus that the page's dashboards ask, http(s)://host:port; empty: there are none"
    )
    group_instance: str = Field("", description="static membership: a name for this worker that survives restarts")
    session_timeout_seconds: float = Field(
        12.0,
        ge=1,
        le=300,
        description="seconds of silence after which the group gives a worker's partitions to others; a worker with a "
        "name that is back within them disturbs nobody",
    )

    delivery: str = Field("", description="delivery file: who is told of alerts, where and when; empty: nobody is")
    page_url: str = Field("", description="address under which people reach the page, for links in messages")

    log_format: Literal["text", "json"] = Field(
        "text",
        description="how log lines look: text, for a terminal, or json, an object a line, for what collects them",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="from which level on Dealwatch's own log lines are written; of libraries from WARNING on"
    )
    otel_endpoint: str = Field(
        "",
        description="where traces go: a collector that takes OTLP over HTTP, http://host:4318; empty: there are none",
    )
    otel_sample_ratio: float = Field(
        0.01,
        ge=0,
        le=1,
        description="share of the batches that are traced; those that lead to an alert or continue a trace are anyway",
    )

    timezone: str = Field("UTC", description="time zone of close dates for deals that name none")
    inactivity_days: int = Field(14, ge=1, le=365, description="days without contact that count as inactivity")

    rules: str = Field(
        "", description="file with the parameters of the alert rules; empty: rules.toml in the working folder, if there"
    )

    company: str = Field(
        "",
        description="file with the company's currency, fiscal year, regions, quotas and exchange rates; "
        "empty: company.toml in the working folder, if there",
    )

    practice: str = Field(
        "",
        description="file with how the company means to sell: ladder, milestones, managers, deadlines, the forecast "
        "call; empty: practice.toml in the working folder, if there",
    )

    plays: str = Field("", description="folder with plays, a TOML file each, beside those that come with Dealwatch")

    @field_validator("broker_protocol", "broker_mechanism", "log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("broker")
    @classmethod
    def _of_kafka(cls, value: str) -> str:
        check_brokers(value)
        return value

    @field_validator("broker_key_password", "broker_password", "broker_token")
    @classmethod
    def _by_reference(cls, value: str) -> str:
        if value and not is_reference(value):
            raise ValueError(f"say where the secret is, not what it is: {FORM}")
        return value

    @field_validator("broker_token_url")
    @classmethod
    def _encrypted(cls, value: str) -> str:
        if has_credentials(value):
            raise ValueError("put the client's name and secret into broker_user and broker_password, not the address")
        host = parts_of(value).hostname or ""
        if value and not (value.startswith("https://") or host in ("localhost", "127.0.0.1", "::1")):
            raise ValueError("a client's secret goes there; write an address that begins with https://")
        return value

    @field_validator("otel_endpoint")
    @classmethod
    def _without_credentials(cls, value: str) -> str:
        if has_credentials(value) or "?" in value:
            raise ValueError("put what is secret into OTEL_EXPORTER_OTLP_HEADERS, not into the address")
        address = parts_of(value)
        if value and not (address.scheme in ("http", "https") and address.hostname):
            raise ValueError("write an address such as http://collector:4318")
        return value

    @field_validator("page_url", "web_hosts")
    @classmethod
    def _for_everybody(cls, value: str) -> str:
        if has_credentials(value):
            raise ValueError("messages and pages show it: write it without a name or a password in it")
        return value

    @field_validator("web_proxies")
    @classmethod
    def _addresses(cls, value: str) -> str:
        try:
            networks = [ip_network(each.strip()) for each in value.split(",") if each.strip()]
        except ValueError:
            raise ValueError("write addresses or networks by commas, such as 10.1.2.3,10.42.0.0/16") from None
        if any(each.prefixlen == 0 for each in networks):
            raise ValueError("name the proxies: whoever is believed may ask in anybody's name")
        return ",".join(map(str, networks))

    @field_validator("prometheus_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if not value:
            return value
        try:
            parts = parts_of(value)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        plain = value.isprintable() and not any(each in value for each in "?# ")
        if not usable or not plain or has_credentials(value):
            raise ValueError("write an address like http://127.0.0.1:9090, without a name or a password in it")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("no such time zone; use a name like Europe/Amsterdam") from error
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options of the command line win over the environment, which wins over the file."""
        path = Path(os.environ.get(CONFIG_VARIABLE, "dealwatch.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=path)

    @property
    def page_token(self) -> str:
        """The token itself, empty where none is asked for; raises `SettingsWrong` where it cannot be read.

        In the environment it may stand itself, since that is such a place.
        """
        if is_reference(self.web_token):
            return read_secret("web_token", self.web_token)
        return keep_out_of_logs(self.web_token)

    @property
    def policy(self) -> Policy:
        """What the settings say to the rules; the rules themselves are in a file, or in the log."""
        from streams.config.plays import shipped  # reads files, and only those who watch deals need them

        return Policy(timezone=self.timezone, inactivity_days=self.inactivity_days, playbook=shipped())


def load(**options: object) -> Settings:
    """Read the settings, with command-line options on top (None: not given); raises `SettingsWrong`."""
    given = {name: value for name, value in options.items() if value is not None}
    named = os.environ.get(CONFIG_VARIABLE)
    if named and not Path(named).is_file():
        raise SettingsWrong(f"{CONFIG_VARIABLE} names {named}, which is no file")
    _refuse_a_token_in(Path(named or "dealwatch.toml"))
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks each value
    except ValidationError as error:
        raise SettingsWrong("; ".join(_complaint(each) for each in error.errors())) from error


def _refuse_a_token_in(path: Path) -> None:
    """Refuse a settings file that is none, or has the page's token in it: that is a secret, and files are shown."""
    if path.is_dir():
        raise SettingsWrong(f"the settings file {path} is a folder; rename it, or name a file in {CONFIG_VARIABLE}")
    if not path.is_file():
        return
    try:
        token = read_toml(path.read_bytes()).get("web_token", "")
    except OSError as error:
        raise SettingsWrong(f"the settings file {path}: {error.strerror or error}") from error
    except NotToml as error:
        raise SettingsWrong(f"the settings file {path} is {error}") from error
    if token and not (isinstance(token, str) and is_reference(token)):
        raise SettingsWrong(f"web_token in {path}: say where the token is, {FORM}, and not the token itself")


def _complaint(found: ErrorDetails) -> str:
    """One complaint of pydantic as a person says it."""
    name = ".".join(str(part) for part in found["loc"])
    if found["type"] == "extra_forbidden":
        return f"{name}: no such setting{meant(name)}"
    return f"{name}: {found['msg'].removeprefix('Value error, ')}"


def meant(name: str) -> str:
    """The rest of a sentence about a setting that does not exist: which one was meant, or where all of them are."""
    alike = get_close_matches(name.lower(), Settings.model_fields, n=1)
    return f"; did you mean {alike[0]}?" if alike else "; docs/settings.md has them all"
