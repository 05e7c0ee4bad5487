"""Typed messages by their names on the wire: ``gz.msgs.Twist``, or ``ignition.msgs.Twist`` on Fortress."""

from __future__ import annotations

from functools import cache

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.text_format import MessageToString, Parse, ParseError

from vla_sim.errors import InputError
from vla_sim.gz.definitions import PACKAGES

_SCALARS = {
    name: FieldDescriptorProto.Type.Value(f"TYPE_{name.upper()}")
    for name in ("bool", "bytes", "double", "float", "int32", "int64", "string", "uint32", "uint64")
}


def message_type(name: str) -> type[Message]:
    """The message class of a full name such as ``gz.msgs.Twist``.

    Raises:
        InputError: No such message is defined here.
    """
    found = _types().get(name)
    if found is None:
        raise InputError(
            f"unknown message type {name!r}; known are gz.msgs.X and ignition.msgs.X with X one of "
            + ", ".join(sorted(known.removeprefix("gz.msgs.") for known in _types() if known.startswith("gz.msgs.")))
        )
    return found


def is_known(name: str) -> bool:
    """Whether a message of this full name is defined here."""
    return name in _types()


def full_name(message: Message) -> str:
    """The name on the wire of a message's type."""
    return str(message.DESCRIPTOR.full_name)


def from_text(type_name: str, text: str) -> Message:
    """A message from protobuf's text format, as Gazebo's own tools take it: ``linear {x: 0.3}``.

    Raises:
        InputError: The type is unknown, or the text is not of that type.
    """
    message = message_type(type_name)()
    try:
        return Parse(text, message)
    except ParseError as error:
        raise InputError(f"not a {type_name} in protobuf's text format: {error}") from error


def to_text(message: Message) -> str:
    """A message in protobuf's text format, one field a line."""
    return MessageToString(message, as_utf8=True)


@cache
def _types() -> dict[str, type[Message]]:
    # A pool of our own does not clash with the official bindings, which register the same names in the default one.
    pool = DescriptorPool()
    types: dict[str, type[Message]] = {}
    for package, text in PACKAGES.items():
        file, names = _compile(package, text)
        pool.AddSerializedFile(file.SerializeToString())
        for name in names:
            types[f"{package}.{name}"] = GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}"))
    return types


def _compile(package: str, text: str) -> tuple[FileDescriptorProto, list[str]]:
    paragraphs = [paragraph.split("\n") for paragraph in text.strip().split("\n\n")]
    enums = {lines[0].removeprefix("enum ") for lines in paragraphs if lines[0].startswith("enum ")}
    file = FileDescriptorProto(name=f"{package.replace('.', '/')}/all.proto", package=package, syntax="proto3")
    scopes: dict[str, DescriptorProto] = {}
    for path in sorted(lines[0] for lines in paragraphs if lines[0] not in enums and " " not in lines[0]):
        outer, _, name = path.rpartition(".")
        scopes[path] = scopes[outer].nested_type.add(name=name) if outer else file.message_type.add(name=name)
    for heading, *lines in paragraphs:
        if heading.startswith("enum "):
            outer, _, name = heading.removeprefix("enum ").rpartition(".")
            enum = scopes[outer].enum_type.add(name=name) if outer else file.enum_type.add(name=name)
            for number, value in enumerate(" ".join(lines).split()):
                enum.value.add(name=value, number=number)
        else:
            for line in lines:
                _add_field(scopes[heading], line, package, enums)
    return file, list(scopes)


def _add_field(scope: DescriptorProto, line: str, package: str, enums: set[str]) -> None:
    number, kind, name = line.split()
    field = scope.field.add(name=name, number=int(number))
    repeated, kind = kind.endswith("*"), kind.rstrip("*")
    field.label = FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type = FieldDescriptorProto.TYPE_ENUM if kind in enums else FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f".{package}.{kind}"
