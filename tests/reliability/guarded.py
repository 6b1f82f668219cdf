"""A Kafka that asks who one is: SASL for its owner and for engines, no rights for whoever comes without a name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kafka.admin import ACL, ACLOperation, ACLPermissionType, KafkaAdminClient, ResourcePattern, ResourceType

from streams.broker.jars import shipped_lock
from streams.broker.memory import Memory, remember
from streams.broker.properties import LOOPBACK, Ports
from streams.broker.server import Layout
from streams.broker.start import start
from tests.reliability.stage import free_ports

EVERYTHING = tuple(
    (kind, ACLOperation.ALL, name)
    for kind, name in ((ResourceType.TOPIC, "*"), (ResourceType.GROUP, "*"), (ResourceType.CLUSTER, "kafka-cluster"))
)
OWNER, USER = "owner", "dealwatch"
PASSWORDS = {OWNER: "owner-secret", USER: "user-secret"}
NOBODY = "User:ANONYMOUS"
_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"


class GuardedKafka:
    """One broker with an open door, through which everybody is nobody, and a guarded one."""

    def __init__(self, directory: Path, jars: Path) -> None:
        """Start it."""
        opened, controller, guarded = free_ports(3)
        layout = Layout.of(directory)
        layout.home.mkdir(parents=True, exist_ok=True)
        remember(layout.memory, Memory(Ports(opened, controller), shipped_lock().kafka_version))
        self.open = f"{LOOPBACK}:{opened}"
        self.guarded = f"{LOOPBACK}:{guarded}"
        start(directory, port=opened, properties=_properties(opened, controller, guarded), jars=jars)

    def admin(self) -> KafkaAdminClient:
        """Return a client of the owner's."""
        return KafkaAdminClient(
            bootstrap_servers=self.guarded,
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism="PLAIN",
            sasl_plain_username=OWNER,
            sasl_plain_password=PASSWORDS[OWNER],
        )

    def allow(self, who: str, rights: Sequence[tuple[ResourceType, ACLOperation, str]]) -> None:
        """Give rights on resources by their names (`*`: all)."""
        client = self.admin()
        client.create_acls(
            [
                ACL(who, "*", operation, ACLPermissionType.ALLOW, ResourcePattern(kind, name))
                for kind, operation, name in rights
            ]
        )
        client.close()

    def forbid(self, who: str, kind: ResourceType, operation: ACLOperation, name: str) -> None:
        """Refuse one thing, whatever else is allowed."""
        client = self.admin()
        client.create_acls([ACL(who, "*", operation, ACLPermissionType.DENY, ResourcePattern(kind, name))])
        client.close()


def _properties(opened: int, controller: int, guarded: int) -> dict[str, str]:
    users = " ".join(f'user_{name}="{secret}"' for name, secret in PASSWORDS.items())
    login = f'{_LOGIN} username="{OWNER}" password="{PASSWORDS[OWNER]}" {users};'
    return {
        "listeners": f"CLIENTS://{LOOPBACK}:{opened},CONTROLLER://{LOOPBACK}:{controller},GUARDED://{LOOPBACK}:{guarded}",
        "advertised.listeners": f"CLIENTS://{LOOPBACK}:{opened},GUARDED://{LOOPBACK}:{guarded}",
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:SASL_PLAINTEXT,GUARDED:SASL_PLAINTEXT",
        "inter.broker.listener.name": "GUARDED",
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.guarded.plain.sasl.jaas.config": login,
        "listener.name.controller.plain.sasl.jaas.config": login,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{OWNER}",
    }
