# vla_sim with Gazebo Harmonic and ROS 2 Jazzy, headless: ogre2 on EGL, software OpenGL where there is no GPU.
#
#   docker compose -f docker/gazebo.compose.yaml run --rm suite
#
# Not built where it was written: there was no Docker there. The engine itself was run on a Harmonic server built from
# source (docs/gazebo.md says which), with the renderer ogre; ogre2, which this image draws with, was not run.
ARG BASE=docker.io/library/ros:jazzy-ros-base
FROM ${BASE}

# ros-gz brings the Gazebo that goes with this ROS, its program `gz` included.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      python3-venv ros-jazzy-ros-gz libegl1 libgl1 libgl1-mesa-dri \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/vla_sim
COPY requirements.lock ./
RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --quiet -r requirements.lock
COPY . .
RUN /opt/venv/bin/pip install --no-cache-dir --quiet --no-deps --no-build-isolation --editable . \
 && useradd --create-home runner && mkdir /runs && chown runner /runs

ENV PATH=/opt/venv/bin:$PATH MUJOCO_GL=egl LP_NUM_THREADS=1 GZ_IP=127.0.0.1
USER runner
# ROS's setup puts `gz` on the PATH.
ENTRYPOINT ["/bin/bash", "-c", ". /opt/ros/jazzy/setup.bash && exec vla-sim \"$@\"", "vla-sim"]
CMD ["doctor"]
