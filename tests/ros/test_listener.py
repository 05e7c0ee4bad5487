"""The gate's listener, in a process of its own, hears a real agent's diagnostics and a real relay's faults."""

import json
import signal
import subprocess
import sys

from vla_sim.validation.listener import LATENCY, RELAY, applied, latencies


def test_it_keeps_what_is_said_and_ends_when_told(ros, tmp_path):
    from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
    from std_msgs.msg import String

    from vla_sim.ros.qos import LATCHED, RELIABLE

    node = ros.node()
    diagnostics = node.create_publisher(DiagnosticArray, "diagnostics", RELIABLE)
    relay = node.create_publisher(String, RELAY, LATCHED)
    relay.publish(String(data=json.dumps({"armed": True, "applied": ["camera:blackout"]})))
    file = tmp_path / "said.jsonl"
    listener = subprocess.Popen([sys.executable, "-m", "vla_sim.validation.listener", str(file)])
    try:
        assert ros.wait(lambda: diagnostics.get_subscription_count() == 1)
        values = [KeyValue(key=f"{LATENCY}p99 [ms]", value="41.5"), KeyValue(key="batches", value="7")]
        status = DiagnosticStatus(name="vla_agent: agent", values=values)
        diagnostics.publish(DiagnosticArray(status=[status]))
        assert ros.wait(lambda: file.is_file() and file.read_text().count("\n") == 2)
    finally:
        listener.send_signal(signal.SIGTERM)
        code = listener.wait(timeout=30)
    assert code == 0
    assert latencies(file) == {"p99": 41.5}
    assert applied(file) == {"camera:blackout"}
