"""From the stamp of a picture to the command for it, over real DDS between two processes, and what is lost on the way.

    python benchmarks/ros_latency.py [--agent fusion] [--seconds 20] [--rates 10 30] [--sizes 96x96 640x480] [--json]

A recorded robot is played in real time; its pictures are stamped with multiples of the control period, so that the
command of the same stamp is the answer. Measured once with the Fast DDS profile that comes with vla_sim (`shipped`) and
once with Fast DDS as it is (`plain`). `lost` is the share of pictures that did not come in time for their batch,
`unanswered` the share of stamps without a command. ROS_DOMAIN_ID says in which domain.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from ros_play import Player, agent_process, record, values_of

from vla_sim.ros.environment import LOCAL, prepare
from vla_sim.ros.readings import SECOND, stamp_of
from vla_sim.ros.running import spinning

SENSORS = ("camera", "imu", "lidar", "odom")
PLAIN = '<?xml version="1.0"?><dds xmlns="http://www.eprosima.com"><profiles/></dds>'
WARM_UP = 2.0
"""What the figures leave out at the beginning [s]."""


def measure(agent: str, rate: float, size: tuple[int, int], seconds: float) -> dict[str, float]:
    """Play to an agent node and return the figures."""
    prepare()
    import rclpy
    from diagnostic_msgs.msg import DiagnosticArray
    from geometry_msgs.msg import TwistStamped
    from rclpy.executors import SingleThreadedExecutor
    from std_msgs.msg import String

    recorded = record(10, SENSORS, size)
    rclpy.init()
    node = rclpy.create_node("player")
    answers: dict[int, int] = {}
    told: list[tuple[float, dict[str, str]]] = []

    def answered(message: TwistStamped) -> None:
        answers.setdefault(stamp_of(message), time.time_ns())

    node.create_subscription(TwistStamped, "cmd_vel", answered, 100)
    node.create_subscription(
        DiagnosticArray, "diagnostics", lambda message: told.append((time.time(), values_of(message))), 10
    )
    words = node.create_publisher(String, "voice_commands", 10)
    player = Player(node, recorded)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    never = threading.Event()
    sensors = f"sensors:=[{','.join(SENSORS)}]"
    arguments = ("--agent", agent, "--ros-args", "-p", f"control_rate:={rate:.1f}", "-p", sensors)
    sent: list[int] = []
    with (
        spinning(executor),
        agent_process(*arguments) as process,
    ):
        while not (player.heard and words.get_subscription_count()):
            if process.poll() is not None:
                raise SystemExit("the agent node did not start")
            never.wait(0.05)
        words.publish(String(data="go to the red cube"))
        period = round(SECOND / rate)
        start = (time.time_ns() // period + 5) * period
        for number in range(round((seconds + WARM_UP) * rate)):
            due = start + number * period
            never.wait(max(0.0, (due - time.time_ns()) / SECOND))
            player.play(number, due, newest_only=True)
            sent.append(due)
        never.wait(0.5)  # the last answer
    node.destroy_node()
    rclpy.shutdown()
    counted = sent[round(WARM_UP * rate) :]
    # The node counts time from a multiple of its period since it began; stamps are those of the same multiples.
    latencies = np.array([(answers[stamp] - stamp) / 1e6 for stamp in counted if stamp in answers])
    within = [values for when, values in told if counted[0] / SECOND < when < counted[-1] / SECOND]
    first, last = within[0], within[-1]

    def share(key: str) -> float:
        counts = [int(values.get(key, 0)) for values in (first, last)]
        return round((counts[1] - counts[0]) / max(1, int(last["batches"]) - int(first["batches"])), 4)

    p50, p99 = np.percentile(latencies, [50, 99]) if latencies.size else (float("nan"), float("nan"))
    return {
        "p50_ms": round(float(p50), 2),
        "p99_ms": round(float(p99), 2),
        "unanswered": round(1.0 - len(latencies) / len(counted), 4),
        "lost": share("camera missed"),
        "overtaken": share("drops"),
        "inference_p50_ms": float(last["inference p50 [ms]"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", default="fusion")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rates", type=float, nargs="+", default=[10.0, 30.0])
    parser.add_argument("--sizes", nargs="+", default=["96x96", "640x480"])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        width, height = map(int, options.sizes[0].split("x"))
        print(json.dumps(measure(options.agent, options.rates[0], (width, height), options.seconds)))
        return
    rows = []
    heads = f"{'p50 ms':>8} {'p99 ms':>8} {'lost':>7} {'unanswered':>10} {'overtaken':>9}"
    print(f"{'profile':8} {'picture':8} {'rate':>4} {heads}")
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.xml"
        plain.write_text(PLAIN, encoding="utf-8")
        for size in options.sizes:
            for rate in options.rates:
                for name, profile in (("shipped", LOCAL), ("plain", plain)):
                    figures = _in_a_process(options, size, rate, profile)
                    rows.append({"profile": name, "picture": size, "rate": rate} | figures)
                    print(
                        f"{name:8} {size:8} {rate:4.0f} {figures['p50_ms']:8.2f} {figures['p99_ms']:8.2f} "
                        f"{figures['lost']:7.1%} {figures['unanswered']:10.1%} {figures['overtaken']:9.1%}",
                        flush=True,
                    )
    if options.json:
        print(json.dumps({"agent": options.agent, "rows": rows}))


def _in_a_process(options: argparse.Namespace, size: str, rate: float, profile: Path) -> dict[str, float]:
    """Measure in a process of its own: Fast DDS reads its profile once."""
    names = "FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE"
    command = [sys.executable, __file__, "--one", "--agent", options.agent, "--seconds", str(options.seconds)]
    command += ["--rates", str(rate), "--sizes", size]
    done = subprocess.run(
        command, env=os.environ | dict.fromkeys(names, str(profile)), stdout=subprocess.PIPE, text=True, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


if __name__ == "__main__":
    main()
