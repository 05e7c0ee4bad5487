# The ROS 2 side of vla_sim: agent, bridge, fault relay, bags and the gate, on Jazzy's wheels; no ROS 2 on the machine.
#
#   docker compose -f docker/ros.compose.yaml up sim        # a simulated robot and the agent that drives it
#   docker compose -f docker/ros.compose.yaml run --rm validate
#
# Not built where it was written: there was no Docker there. The wheels that it installs are those of requirements.lock,
# which the tests run on. The wheels exist for x86_64 alone.
ARG BASE=docker.io/library/python:3.12-slim-bookworm
FROM ${BASE}

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libegl1 libgl1 libgl1-mesa-dri \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/vla_sim
COPY requirements.lock ./
RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --quiet -r requirements.lock
COPY . .
RUN /opt/venv/bin/pip install --no-cache-dir --quiet --no-deps --no-build-isolation --editable . \
 && useradd --create-home runner && mkdir /runs && chown runner /runs

# Nothing listens beyond this machine, or this container's network namespace, unless that is asked for.
ENV PATH=/opt/venv/bin:$PATH MUJOCO_GL=egl LP_NUM_THREADS=1 OMP_NUM_THREADS=1 ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST
USER runner
ENTRYPOINT ["vla-sim"]
CMD ["doctor"]
