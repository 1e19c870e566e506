# Managed by the service template: change it there, or expect a merge on update.
"""Loops that receive, and whether a call is reached once for each item that they get."""

import ast
import re
from collections.abc import Iterator

from .sources import FUNCTIONS, Source

RECEIVING = set(
    """
    blpop brpop get_message getmany getone next_message readexactly readline readuntil receive
    receive_bytes receive_data receive_json receive_message receive_messages receive_text recv
    recv_bytes recv_into recv_json recv_multipart recv_string recvfrom xread xreadgroup
    """.split()
)
"""Methods that wait for what comes next."""

RECEIVING_SO_MUCH = {"poll", "read"}
"""The same if they are told how long or how much; else they may ask a process or a sensor."""

ITERATING = set(
    """
    aiter_bytes aiter_lines aiter_raw aiter_text consume iter_any iter_bytes iter_chunked
    iter_chunks iter_content iter_data iter_json iter_lines iter_raw iter_text iterator listen
    messages receive stream subscribe
    """.split()
)
"""Methods that give one item after the other as it comes."""

STREAMS = set(
    """
    channel chunks connection consumer frames inbox messages packets pubsub queue receiver sock
    socket stream subscriber subscription websocket ws
    """.split()
)
"""Last words of the names of what items come from: `async for message in websocket`."""

OFTEN_LISTS = {"chunks", "frames", "messages", "packets"}
"""The same in a loop that does not wait: a list has been received as a whole."""

LOOPS = (ast.For, ast.AsyncFor, ast.While)
LEAVING = (ast.Break, ast.Raise, ast.Return)

BRANCHES = (ast.If, ast.ExceptHandler, ast.match_case)


def reached_per_item(source: Source, call: ast.Call) -> str:
    """`each` if every item that a loop receives may reach the call, `some` if that is a branch.

    "" if it is in no such loop, if its block leaves the loop, or if each item is a unit of work.
    """
    reached = "each"
    for node, child in source.around(call):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) or _leaves(node, child) or _is_work(node):
            return ""
        if isinstance(node, BRANCHES):
            reached = "some"
        if isinstance(node, LOOPS) and child not in node.orelse and receives(node):
            return reached
    return ""


def receives(loop: ast.For | ast.AsyncFor | ast.While) -> bool:
    """Whether each turn is about an item that came from outside."""
    if isinstance(loop, ast.While):
        return any(map(_is_receiving, _own_nodes(loop)))
    if isinstance(loop, ast.For) and _last_word(loop.iter) in OFTEN_LISTS:
        return False
    return _is_stream(loop.iter) or _is_receiving(loop.iter)


def _own_nodes(loop: ast.While) -> Iterator[ast.AST]:
    """What a turn of the loop runs: not what functions do that it defines, nor loops in it."""
    waiting: list[ast.AST] = [loop.test, *loop.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*FUNCTIONS, *LOOPS)):
            waiting += ast.iter_child_nodes(node)


def _is_receiving(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr=method)) if method in RECEIVING:
            return True
        case ast.Call(func=ast.Attribute(attr=method)) if method in RECEIVING_SO_MUCH:
            return bool(node.args or node.keywords)
        case ast.Call(func=ast.Attribute(attr="get" | "get_nowait", value=queue)):
            return _last_word(queue) in {"inbox", "jobs", "q", "queue"}
        case ast.Call(func=ast.Name(id="anext")):
            return True
    return False


def _is_stream(items: ast.expr) -> bool:
    match items:
        case ast.Call(func=ast.Attribute(attr=method)) if method in ITERATING:
            return True
        case ast.Call(func=ast.Name(id="enumerate" | "aiter" | "iter"), args=[inner, *_]):
            return _is_stream(inner)
        case ast.Name() | ast.Attribute():
            return _last_word(items) in STREAMS
    return False


def _last_word(expression: ast.expr) -> str:
    match expression:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            words: list[str] = re.findall("[A-Z]?[a-z]+", name)
            return words[-1].lower() if words else ""
    return ""


def _leaves(node: ast.AST, child: ast.AST) -> bool:
    """Whether the block that has `child` ends by leaving the loop."""
    for _, block in ast.iter_fields(node):
        if isinstance(block, list) and child in block:
            return isinstance(block[-1], LEAVING)
    return False


def _is_work(node: ast.AST) -> bool:
    """`with work("import"):`, whose lines belong to the one job."""
    if not isinstance(node, ast.With | ast.AsyncWith):
        return False
    calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
    return any(ast.unparse(call.func).rpartition(".")[2] == "work" for call in calls)
