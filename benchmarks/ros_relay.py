"""What the fault relay costs: 640x480 pictures at 30 Hz through it, beside the same stream that does not go through it.

Three processes: a camera, the relay, and this one, which hears both. Latency is from when the picture was sent; what
did not come is lost. Exit code 1 if the disarmed relay loses more than a hundredth.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time

import numpy as np

from vla_sim.errors import NotReadyError
from vla_sim.ros.environment import prepare

RATE, SECONDS = 30.0, 10.0
MOST_LOST = 0.01
FAULTS = {"disarmed": "", "blackout": "camera:blackout", "fog": "camera:fog@L3", "blur": "camera:defocus_blur@L3"}
_CLI = [sys.executable, "-c", "from vla_sim.cli import main; main()", "ros", "faults"]


def main() -> int:
    """Measure, print the figures and return the exit code."""
    try:
        prepare()
    except NotReadyError as missing:
        print(f"skipped: {missing}")
        return 0
    worst = 0.0
    for name, fault in FAULTS.items():
        options = ["--fault", fault, "--arm", "--dead-man", "0"] if fault else ["--fault", "camera:blackout"]
        relay = subprocess.Popen([*_CLI, *options], stderr=subprocess.DEVNULL)
        camera = subprocess.Popen([sys.executable, __file__, "camera"])
        try:
            figures = listen()
        finally:
            for process in (camera, relay):
                process.terminate()
                process.wait()
        print(json.dumps({"relay": name, **figures}))
        if not fault:
            worst = figures["through"]["lost"]
    return 1 if worst > MOST_LOST else 0


def listen() -> dict[str, dict[str, float]]:
    """Hear the camera and the relay for some seconds; return latencies [ms] and shares lost."""
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from sensor_msgs.msg import Image

    from vla_sim.ros.qos import SENSOR
    from vla_sim.ros.readings import stamp_of

    rclpy.init()
    node = rclpy.create_node("listener")
    came: dict[str, list[tuple[int, int]]] = {"camera/image_raw": [], "faulted/camera/image_raw": []}
    for topic, times in came.items():
        node.create_subscription(
            Image, topic, lambda message, times=times: times.append((stamp_of(message), time.time_ns())), SENSOR
        )
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    end = time.monotonic() + 60.0
    while not all(came.values()) and time.monotonic() < end:
        executor.spin_once(timeout_sec=0.1)
    for times in came.values():
        times.clear()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        executor.spin_once(timeout_sec=0.1)
    executor.shutdown()
    node.destroy_node()
    rclpy.shutdown()
    return {
        name: _figures(came[topic])
        for name, topic in (("direct", "camera/image_raw"), ("through", "faulted/camera/image_raw"))
    }


def _figures(times: list[tuple[int, int]]) -> dict[str, float]:
    latencies = sorted((come - sent) / 1e6 for sent, come in times)
    stamps = [sent for sent, _ in times]
    expected = round((max(stamps) - min(stamps)) / 1e9 * RATE) + 1
    return {
        "p50_ms": round(statistics.median(latencies), 2),
        "p99_ms": round(latencies[int(0.99 * len(latencies))], 2),
        "lost": round(1.0 - len(set(stamps)) / expected, 4),
    }


def camera() -> None:
    """Publish pictures until the process is ended."""
    import rclpy
    from rclpy.signals import SignalHandlerOptions
    from sensor_msgs.msg import Image

    from vla_sim.ros.qos import SENSOR

    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node("camera")
    publisher = node.create_publisher(Image, "camera/image_raw", SENSOR)
    data = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8).tobytes()
    message = Image(height=480, width=640, step=1920, encoding="bgr8", data=data)
    ticks, count = threading.Event(), 0
    start = time.monotonic()
    while rclpy.ok():
        count += 1
        ticks.wait(max(0.0, start + count / RATE - time.monotonic()))
        now = time.time_ns()
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(now, 1_000_000_000)
        publisher.publish(message)


if __name__ == "__main__":
    prepare()
    sys.exit(camera() if sys.argv[1:] == ["camera"] else main())
