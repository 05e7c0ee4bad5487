"""Whether anything grows in the agent node: hours of a simulation that runs at many times real time and is reset often.

    python benchmarks/ros_soak.py [--hours 0.05] [--speed 10] [--agent fusion] [--json]

`--hours` are hours on the wall; the simulated time is as many times longer as `--speed` says. The robot's clock and
sensors are played without waiting for the agent, so that batches are overtaken where it is slower than the simulation;
every minute of simulated time the clock jumps back to its beginning, every ten seconds the words change, and now and
then a malformed picture comes. The memory of the node's process and its queues are looked at every second; growth is
what the last third of the run has more than the middle third.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
from pathlib import Path
from statistics import median

from ros_play import PERIOD, Player, agent_process, clock_message, record, values_of

from vla_sim.ros.domain import claimed_domain
from vla_sim.ros.environment import prepare
from vla_sim.ros.running import spinning

ROUNDS_OF_A_TRIAL = 600
WORDS = ("go to the red cube", "turn left by 90 degrees", "follow the wall on your right for 2 metres", "stop")


def resident(pid: int) -> float:
    """Return how much memory of its own a process has [MB]: without what DDS shares, which fills up at first."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("RssAnon:")).split()[1]) / 1024


def soak(agent: str, seconds: float, speed: float) -> dict[str, float]:
    """Play for so many seconds and return the figures."""
    prepare()
    import rclpy
    from diagnostic_msgs.msg import DiagnosticArray
    from geometry_msgs.msg import TwistStamped
    from rclpy.executors import SingleThreadedExecutor
    from rosgraph_msgs.msg import Clock
    from sensor_msgs.msg import Image
    from std_msgs.msg import String

    recorded = record(30)
    rclpy.init()
    node = rclpy.create_node("player")
    commands: list[bool] = []
    told: dict[str, str] = {}
    node.create_subscription(
        TwistStamped, "cmd_vel", lambda message: commands.append(message.twist.linear.x != 0.0), 100
    )
    node.create_subscription(DiagnosticArray, "diagnostics", lambda message: told.update(values_of(message)), 10)
    words = node.create_publisher(String, "voice_commands", 10)
    clock = node.create_publisher(Clock, "/clock", 10)
    bad = node.create_publisher(Image, "camera/image_raw", 10)
    player = Player(node, recorded)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    never = threading.Event()
    samples: list[tuple[float, int]] = []
    rounds = 0
    with spinning(executor), agent_process("--agent", agent, "--sim-time") as process:
        while not (player.heard and words.get_subscription_count() and clock.get_subscription_count()):
            if process.poll() is not None:
                raise SystemExit("the agent node did not start")
            never.wait(0.05)
        begun = looked = time.monotonic()
        spacing = PERIOD / 1e9 / speed
        while time.monotonic() < begun + seconds:
            never.wait(max(0.0, begun + rounds * spacing - time.monotonic()))
            number = rounds % ROUNDS_OF_A_TRIAL
            if number == 0:
                clock.publish(clock_message(1))
            if rounds % 100 == 0:
                words.publish(String(data=WORDS[rounds // 100 % len(WORDS)]))
            if rounds % 250 == 0:
                bad.publish(Image(encoding="nothing"))
            player.play(number, (number + 1) * PERIOD)
            clock.publish(clock_message((number + 1) * PERIOD))
            rounds += 1
            if time.monotonic() >= looked + 1.0:
                looked = time.monotonic()
                samples.append((resident(process.pid), int(told.get("queued", 0))))
    node.destroy_node()
    rclpy.shutdown()
    third = len(samples) // 3
    middle, last = ([memory for memory, _ in part] for part in (samples[third : 2 * third], samples[2 * third :]))
    grown = median(last) - median(middle)
    between = (len(middle) + len(last)) / 2
    return {
        "seconds": round(seconds, 1),
        "simulated_seconds": round(rounds * PERIOD / 1e9, 1),
        "speed": round(rounds * PERIOD / 1e9 / seconds, 2),
        "commands": len(commands),
        "driving": sum(commands),
        "resets": rounds // ROUNDS_OF_A_TRIAL,
        "batches": int(told["batches"]),
        "drop_rate": float(told["drop rate"]),
        "malformed": int(told["malformed"]),
        "memory_mb": round(median(last), 1),
        "memory_by_tenths_mb": [round(median(part), 2) for part in _tenths([memory for memory, _ in samples])],
        "growth_mb": round(grown, 2),
        "growth_mb_per_hour": round(grown * 3600.0 / max(between, 1.0), 1),
        "queued_most": max(queued for _, queued in samples),
        "queued_last_third": max(queued for _, queued in samples[2 * third :]),
        "exit_code": int(process.returncode),
    }


def _tenths(samples: list[float]) -> list[list[float]]:
    """Return samples in ten parts: a leak rises to the end, a start-up does not."""
    length = max(1, len(samples) // 10)
    return [samples[start : start + length] for start in range(0, 10 * length, length) if samples[start:]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", default="fusion")
    parser.add_argument("--hours", type=float, default=0.05)
    parser.add_argument("--speed", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with claimed_domain() as domain:  # whatever else runs here must not hear the clock that is played
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        figures = soak(options.agent, 3600.0 * options.hours, options.speed)
    for name, value in figures.items():
        print(f"{name:20} {value}")
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
