import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def serving():
    """Return a function that serves an agent, or answers as it is told, and returns the address."""
    from websockets.sync.server import serve

    from vla_sim.remote.server import PolicyServer

    running = []

    def start(what):
        if isinstance(what, str):
            server, done = PolicyServer(what, port=0), threading.Event()
            port, run, stop = server.port, lambda: server.run(done), done.set
        else:
            plain = serve(what, "127.0.0.1", 0, compression=None, max_size=None)
            port, run, stop = plain.socket.getsockname()[1], plain.serve_forever, plain.shutdown
        thread = threading.Thread(target=run)
        thread.start()
        running.append((thread, stop))
        return f"ws://127.0.0.1:{port}"

    yield start
    for thread, stop in running:
        stop()
        thread.join(10)
        assert not thread.is_alive()
