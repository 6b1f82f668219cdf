"""A Kafka as a careful operator runs it: TLS, passwords, tokens and certificates, and no right that was not given."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from kafka.admin import KafkaAdminClient, UserScramCredentialUpsertion

from streams.access.kafka import Kafka, kafka_of
from streams.broker.jars import shipped_lock
from streams.broker.memory import Memory, remember
from streams.broker.properties import LOOPBACK, Ports
from streams.broker.server import Layout
from streams.broker.start import start
from streams.config.settings import load
from tests.reliability.stage import free_ports

OWNER, OWNER_PASSWORD = "owner", "owner-secret-5J"
#: In the environment of whoever comes in; no message, log line or document may have it.
PASSWORD_VARIABLE, PASSWORD = "SECURED_PASSWORD", "user-secret-9Q"
#: Known with a password of every mechanism, by certificate, and by token.
USERS = ("worker", "notifier", "feeder", "operator", "reader", "person", "rebuilder", "eraser", "stranger")
BY_CERTIFICATE, BY_TOKEN = "certified", "bearer"
KEY_PASSWORD = "key-secret-3W"
_JAAS = "org.apache.kafka.common.security"


class SecuredKafka:
    """One broker with three doors, none of which gives any right by itself.

    `passwords` is SASL_SSL with SCRAM, PLAIN and OAUTHBEARER, `certificates` is SSL with a certificate of the client's,
    `plaintext` asks for nothing: whoever comes in there is nobody, and may do nothing.
    """

    def __init__(self, directory: Path, jars: Path) -> None:
        """Start it, and make its users known."""
        self.directory = directory
        opened, controller, guarded, mutual = free_ports(4)
        self.plaintext, self.passwords, self.certificates = (f"{LOOPBACK}:{port}" for port in (opened, guarded, mutual))
        self._certify()
        layout = Layout.of(directory)
        layout.home.mkdir(parents=True, exist_ok=True)
        remember(layout.memory, Memory(Ports(opened, controller), shipped_lock().kafka_version))
        properties = _listeners(opened, controller, guarded, mutual) | self._doors() | _AUTHORIZER
        start(directory, port=opened, properties=properties, jars=jars)
        client = KafkaAdminClient(
            bootstrap_servers=self.passwords,
            security_protocol="SASL_SSL",
            ssl_cafile=str(self.ca),
            sasl_mechanism="PLAIN",
            sasl_plain_username=OWNER,
            sasl_plain_password=OWNER_PASSWORD,
        )
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):  # Kafka takes one of a user's at a time
            wanted = [UserScramCredentialUpsertion(user, mechanism, PASSWORD) for user in USERS]
            refused = {user: why for user, why in client.alter_user_scram_credentials(wanted).items() if why}
            assert not refused, refused
        client.close()

    def _certify(self) -> None:
        folder = self.directory / "tls"
        folder.mkdir(parents=True, exist_ok=True)
        authority, other = trustme.CA(), trustme.CA()
        self.ca, self.other_ca = folder / "ca.pem", folder / "other-ca.pem"
        authority.cert_pem.write_to_path(self.ca)
        other.cert_pem.write_to_path(self.other_ca)
        self._server = folder / "server.pem"
        self._server.write_bytes(_pem(authority.issue_cert(LOOPBACK)))
        self.certificate, self.key = folder / "client.pem", folder / "client-key.pem"
        ours = authority.issue_cert("client.example", common_name=BY_CERTIFICATE)
        self.certificate.write_bytes(b"".join(each.bytes() for each in ours.cert_chain_pems))
        self.key.write_bytes(_key(ours, KEY_PASSWORD))
        self.foreign = folder / "foreign.pem"
        self.foreign.write_bytes(_pem(other.issue_cert("client.example", common_name=BY_CERTIFICATE)))

    def _doors(self) -> dict[str, str]:
        users = " ".join(f'user_{name}="{PASSWORD}"' for name in USERS)
        login = (
            f'{_JAAS}.plain.PlainLoginModule required username="{OWNER}" password="{OWNER_PASSWORD}" '
            f'user_{OWNER}="{OWNER_PASSWORD}" {users};'
        )
        door, other = "listener.name.guarded", "listener.name.mutual"
        tls = {
            f"{each}.ssl.{what}": value
            for each in (door, other)
            for what, value in (
                ("keystore.type", "PEM"),
                ("keystore.location", str(self._server)),
                ("truststore.type", "PEM"),
                ("truststore.location", str(self.ca)),
            )
        }
        return tls | {
            f"{other}.ssl.client.auth": "required",
            f"{other}.ssl.principal.mapping.rules": "RULE:^.*CN=([^,]+).*$/$1/,DEFAULT",
            f"{door}.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
            f"{door}.plain.sasl.jaas.config": login,
            f"{door}.scram-sha-256.sasl.jaas.config": f"{_JAAS}.scram.ScramLoginModule required;",
            f"{door}.scram-sha-512.sasl.jaas.config": f"{_JAAS}.scram.ScramLoginModule required;",
            # Tokens that nobody signed: Kafka's own validator for tests looks at who, and until when.
            f"{door}.oauthbearer.sasl.jaas.config": f"{_JAAS}.oauthbearer.OAuthBearerLoginModule required;",
            "listener.name.controller.plain.sasl.jaas.config": login,
        }

    def environment(self, user: str, mechanism: str = "SCRAM-SHA-512") -> dict[str, str]:
        """Return settings with which a user comes in by password."""
        return {
            "DEALWATCH_BROKER": self.passwords,
            "DEALWATCH_BROKER_PROTOCOL": "SASL_SSL",
            "DEALWATCH_BROKER_CA": str(self.ca),
            "DEALWATCH_BROKER_MECHANISM": mechanism,
            "DEALWATCH_BROKER_USER": user,
            "DEALWATCH_BROKER_PASSWORD": f"env:{PASSWORD_VARIABLE}",
            PASSWORD_VARIABLE: PASSWORD if user != OWNER else OWNER_PASSWORD,
        }

    def certified(self) -> dict[str, str]:
        """Return settings with which one comes in by certificate, whose key is encrypted."""
        return {
            "DEALWATCH_BROKER": self.certificates,
            "DEALWATCH_BROKER_PROTOCOL": "SSL",
            "DEALWATCH_BROKER_CA": str(self.ca),
            "DEALWATCH_BROKER_CERTIFICATE": str(self.certificate),
            "DEALWATCH_BROKER_KEY": str(self.key),
            "DEALWATCH_BROKER_KEY_PASSWORD": "env:SECURED_KEY_PASSWORD",
            "SECURED_KEY_PASSWORD": KEY_PASSWORD,
        }

    def bearing(self, folder: Path) -> dict[str, str]:
        """Return settings with which one comes in by a token in a file of that folder."""
        file = folder / "token"
        file.write_text(token(BY_TOKEN))
        return {
            "DEALWATCH_BROKER": self.passwords,
            "DEALWATCH_BROKER_PROTOCOL": "SASL_SSL",
            "DEALWATCH_BROKER_CA": str(self.ca),
            "DEALWATCH_BROKER_MECHANISM": "OAUTHBEARER",
            "DEALWATCH_BROKER_TOKEN": f"file:{file}",
        }

    @property
    def owner(self) -> Kafka:
        """Return the Kafka as its owner comes into it, who may do everything."""
        file = self.directory / "tls" / "owner"
        file.write_text(OWNER_PASSWORD)
        settings = load(
            broker=self.passwords,
            broker_protocol="SASL_SSL",
            broker_ca=str(self.ca),
            broker_mechanism="PLAIN",
            broker_user=OWNER,
            broker_password=f"file:{file}",
        )
        return kafka_of(settings)


def token(subject: str, life_s: float = 600.0) -> str:
    """Return a JSON web token that is not signed (RFC 7519, section 6)."""
    now = time.time()
    return ".".join((_part({"alg": "none"}), _part({"sub": subject, "iat": now, "exp": now + life_s}), ""))


def _part(values: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()


def _pem(certificate: trustme.LeafCert) -> bytes:
    return _key(certificate) + b"".join(each.bytes() for each in certificate.cert_chain_pems)


def _key(certificate: trustme.LeafCert, password: str | None = None) -> bytes:
    """Return the key as Java reads it, PKCS #8."""
    key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    encryption = NoEncryption() if password is None else BestAvailableEncryption(password.encode())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def _listeners(opened: int, controller: int, guarded: int, mutual: int) -> dict[str, str]:
    doors = {"CLIENTS": opened, "GUARDED": guarded, "MUTUAL": mutual}
    addresses = [f"{name}://{LOOPBACK}:{port}" for name, port in doors.items()]
    return {
        "listeners": ",".join([*addresses, f"CONTROLLER://{LOOPBACK}:{controller}"]),
        "advertised.listeners": ",".join(addresses),
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:SASL_PLAINTEXT,GUARDED:SASL_SSL,MUTUAL:SSL",
        "inter.broker.listener.name": "GUARDED",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "sasl.enabled.mechanisms": "PLAIN",
    }


_AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": f"User:{OWNER}",
}
