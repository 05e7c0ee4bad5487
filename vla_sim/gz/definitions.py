"""The messages that lock-step needs, as compact definitions with the wire's field numbers.

One message a paragraph: its name, then ``number type name`` for each field; ``*`` after the type says repeated. A
nested message or enumeration is named by its full path (``Discovery.Publisher``). An enumeration starts with ``enum``.
Fields that the project does not use are left out: protobuf keeps what it does not know. One-ofs are left out too, for
on the wire they are plain fields. The numbers are those of Gazebo's messages from Fortress to Jetty.
"""

from __future__ import annotations

COMMON = """
enum Discovery.Type
  UNINITIALIZED ADVERTISE SUBSCRIBE UNADVERTISE HEARTBEAT BYE NEW_CONNECTION END_CONNECTION SUBSCRIBERS_REQ
  SUBSCRIBERS_REP

Discovery
  1 Header header
  2 uint32 version
  3 string process_uuid
  4 Discovery.Type type
  5 Discovery.Flags flags
  6 Discovery.Subscriber sub
  7 Discovery.Publisher pub

Discovery.Flags
  1 bool relay
  2 bool no_relay

Discovery.Subscriber
  1 string topic

enum Discovery.Publisher.Scope
  PROCESS HOST ALL

Discovery.Publisher
  1 string topic
  2 string address
  3 string process_uuid
  4 string node_uuid
  5 Discovery.Publisher.Scope scope
  6 Discovery.Publisher.MessagePublisher msg_pub
  7 Discovery.Publisher.ServicePublisher srv_pub

Discovery.Publisher.MessagePublisher
  1 string ctrl
  2 string msg_type
  3 bool throttled
  4 uint64 msgs_per_sec

Discovery.Publisher.ServicePublisher
  1 string socket_id
  2 string request_type
  3 string response_type

Time
  1 int64 sec
  2 int32 nsec

Header
  1 Time stamp
  2 Header.Map* data

Header.Map
  1 string key
  2 string* value

Clock
  1 Header header
  2 Time system
  3 Time real
  4 Time sim

WorldReset
  1 Header header
  2 bool all
  3 bool time_only
  4 bool model_only

WorldControl
  1 Header header
  2 bool pause
  3 bool step
  4 uint32 multi_step
  5 WorldReset reset
  6 uint32 seed
  7 Time run_to_sim_time

WorldControlState
  1 Header header
  2 WorldControl world_control
  3 SerializedState state

SerializedState
  1 Header header
  2 SerializedEntity* entities

SerializedEntity
  1 uint64 id
  2 SerializedComponent* components
  3 bool remove

SerializedComponent
  1 uint64 type
  2 bytes component
  3 bool remove

WorldStatistics
  1 Header header
  2 Time sim_time
  3 Time pause_time
  4 Time real_time
  5 bool paused
  6 uint64 iterations
  7 int32 model_count
  9 double real_time_factor
  10 Time step_size
  11 bool stepping

ServerControl
  1 Header header
  6 bool stop

Empty
  1 bool unused

Boolean
  1 Header header
  2 bool data

Bytes
  1 Header header
  2 bytes data

Double
  1 Header header
  2 double data

Float
  1 Header header
  2 float data

Float_V
  1 Header header
  2 float* data

Int32
  1 Header header
  2 int32 data

UInt64
  1 Header header
  2 uint64 data

StringMsg
  1 Header header
  2 string data

StringMsg_V
  1 Header header
  2 string* data

Color
  1 Header header
  2 float r
  3 float g
  4 float b
  5 float a

Vector2d
  1 Header header
  2 double x
  3 double y

Vector3d
  1 Header header
  2 double x
  3 double y
  4 double z

Quaternion
  1 Header header
  2 double x
  3 double y
  4 double z
  5 double w

Pose
  1 Header header
  2 string name
  3 uint32 id
  4 Vector3d position
  5 Quaternion orientation

Pose_V
  1 Header header
  2 Pose* pose

Twist
  1 Header header
  2 Vector3d linear
  3 Vector3d angular

Odometry
  1 Header header
  2 Pose pose
  3 Twist twist

LaserScan
  1 Header header
  2 string frame
  3 Pose world_pose
  4 double angle_min
  5 double angle_max
  6 double angle_step
  7 double range_min
  8 double range_max
  9 uint32 count
  10 double vertical_angle_min
  11 double vertical_angle_max
  12 double vertical_angle_step
  13 uint32 vertical_count
  14 double* ranges
  15 double* intensities

enum PixelFormatType
  UNKNOWN_PIXEL_FORMAT L_INT8 L_INT16 RGB_INT8 RGBA_INT8 BGRA_INT8 RGB_INT16 RGB_INT32 BGR_INT8 BGR_INT16 BGR_INT32
  R_FLOAT16 RGB_FLOAT16 R_FLOAT32 RGB_FLOAT32 BAYER_RGGB8 BAYER_BGGR8 BAYER_GBRG8 BAYER_GRBG8

Image
  1 Header header
  2 uint32 width
  3 uint32 height
  4 uint32 step
  5 bytes data
  6 PixelFormatType pixel_format_type

enum CameraInfo.Distortion.DistortionModelType
  PLUMB_BOB RATIONAL_POLYNOMIAL EQUIDISTANT

CameraInfo.Distortion
  1 CameraInfo.Distortion.DistortionModelType model
  2 double* k

CameraInfo.Intrinsics
  1 double* k

CameraInfo.Projection
  1 double* p

CameraInfo
  1 Header header
  2 uint32 width
  3 uint32 height
  4 CameraInfo.Distortion distortion
  5 CameraInfo.Intrinsics intrinsics
  6 CameraInfo.Projection projection
  7 double* rectification_matrix

enum PointCloudPacked.Field.DataType
  INT8 UINT8 INT16 UINT16 INT32 UINT32 FLOAT32 FLOAT64

PointCloudPacked.Field
  1 string name
  2 uint32 offset
  3 PointCloudPacked.Field.DataType datatype
  4 uint32 count

PointCloudPacked
  1 Header header
  2 PointCloudPacked.Field* field
  3 uint32 height
  4 uint32 width
  5 bool is_bigendian
  6 uint32 point_step
  7 uint32 row_step
  8 bytes data
  9 bool is_dense

enum Entity.Type
  NONE LIGHT MODEL LINK VISUAL COLLISION SENSOR JOINT ACTOR WORLD

Entity
  1 Header header
  2 uint64 id
  3 string name
  4 Entity.Type type

Wrench
  1 Header header
  2 Vector3d force
  3 Vector3d torque
  4 Vector3d force_offset

JointWrench
  1 Header header
  2 string body_1_name
  3 uint32 body_1_id
  4 string body_2_name
  5 uint32 body_2_id
  6 Wrench body_1_wrench
  7 Wrench body_2_wrench

Contact
  1 Header header
  2 Entity collision1
  3 Entity collision2
  4 Vector3d* position
  5 Vector3d* normal
  6 double* depth
  7 JointWrench* wrench
  8 Entity world

Contacts
  1 Header header
  2 Contact* contact

Axis
  1 Header header
  2 Vector3d xyz
  3 double limit_lower
  4 double limit_upper
  5 double limit_effort
  6 double limit_velocity
  7 double damping
  8 double friction
  10 double position
  11 double velocity
  12 double force
  13 double acceleration
  14 string xyz_expressed_in

enum Joint.Type
  REVOLUTE REVOLUTE2 PRISMATIC UNIVERSAL BALL SCREW GEARBOX FIXED CONTINUOUS

Joint
  1 Header header
  2 string name
  3 uint32 id
  4 Joint.Type type
  5 string parent
  6 uint32 parent_id
  7 string child
  8 uint32 child_id
  9 Pose pose
  10 Axis axis1
  11 Axis axis2

Model
  1 Header header
  2 string name
  3 uint32 id
  4 bool is_static
  5 Pose pose
  6 Joint* joint
  8 bool deleted
  12 Model* model

EntityFactory
  1 Header header
  2 string sdf
  3 string sdf_filename
  4 Model model
  6 string clone_name
  7 Pose pose
  8 string name
  9 bool allow_renaming
  10 string relative_to

EntityFactory_V
  1 Header header
  2 EntityFactory* data
"""

# From Garden on: the covariances came in between.
IMU = """
IMU
  1 Header header
  2 string entity_name
  3 Quaternion orientation
  4 Float_V orientation_covariance
  5 Vector3d angular_velocity
  6 Float_V angular_velocity_covariance
  7 Vector3d linear_acceleration
  8 Float_V linear_acceleration_covariance
"""

# Fortress.
IMU_OF_FORTRESS = """
IMU
  1 Header header
  2 string entity_name
  3 Quaternion orientation
  4 Vector3d angular_velocity
  5 Vector3d linear_acceleration
"""

# By package, as it is written in a message's full name.
PACKAGES = {"gz.msgs": COMMON + IMU, "ignition.msgs": COMMON + IMU_OF_FORTRESS}
