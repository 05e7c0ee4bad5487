"""``vla-sim gz`` as a user has it."""

import subprocess
import sys
from pathlib import Path

import pytest

from vla_sim.gz import message_type

PROMPT = 30
TEXT = "gz.msgs.StringMsg"
StringMsg = message_type(TEXT)


@pytest.fixture
def gz(environment):
    def start(*arguments):
        command = [str(Path(sys.executable).with_name("vla-sim")), "gz", *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    return start


def end(process):
    out, err = process.communicate(timeout=PROMPT)
    return process.returncode, out.strip(), err.strip()


def test_list_and_info(node, gz):
    node.advertise("/chat", TEXT)
    node.serve("/up", TEXT, TEXT, lambda request: request)
    listing, services = gz("topic", "list"), gz("service", "list")
    info, service = gz("topic", "info", "/chat"), gz("service", "info", "/up")
    assert end(listing) == (0, "/chat", "")
    assert end(services) == (0, "/up", "")
    code, out, _ = end(info)
    assert (code, out.split()[0], out.split()[2]) == (0, "publisher", TEXT)
    code, out, _ = end(service)
    assert (code, out.split()[1:]) == (0, [TEXT, "->", TEXT])


def test_what_nobody_offers_is_bad_input(gz):
    code, _, err = end(gz("topic", "info", "/nobody"))
    assert code == 2
    assert err.startswith("error: nobody publishes /nobody")


def test_pub_and_echo(node, gz):
    subscription = node.subscribe("/there", type=TEXT)
    sent = gz("topic", "pub", "/there", TEXT, 'data: "hi"')
    assert subscription.receive(PROMPT).data == "hi"
    assert end(sent)[0] == 0
    publisher = node.advertise("/back", TEXT)
    echo = gz("topic", "echo", "/back", "--count", "1")
    assert publisher.wait_for_subscriber(PROMPT)
    publisher.publish(StringMsg(data="ho"))
    assert end(echo) == (0, 'data: "ho"', "")


def test_call(node, gz):
    node.serve("/up", TEXT, TEXT, lambda request: StringMsg(data=request.data.upper()))
    assert end(gz("service", "call", "/up", TEXT, TEXT, 'data: "hi"')) == (0, 'data: "HI"', "")
    code, _, err = end(gz("service", "call", "/none", TEXT, TEXT, "--timeout", "0.2"))
    assert code == 1
    assert "is not offered" in err


@pytest.mark.parametrize("text", ["lineal {x: 1}", "x" * 10])
def test_text_that_is_no_message_is_bad_input(gz, text):
    code, _, err = end(gz("topic", "pub", "/x", "gz.msgs.Twist", text))
    assert code == 2
    assert err.count("\n") == 0


def test_without_the_extra_it_says_what_to_install(environment):
    code = (
        "import sys; sys.modules['zmq'] = None; sys.argv = ['vla-sim', 'gz', 'topic', 'list']; "
        "from vla_sim.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 2
    assert (
        done.stderr.strip() == "error: Gazebo's transport needs pyzmq and protobuf; run: pip install 'vla-sim[gazebo]'"
    )
