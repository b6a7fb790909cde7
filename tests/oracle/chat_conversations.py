"""Conversations, tools and template arguments for the chat-template oracle."""

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a place, in a unit.\nTwo lines & <marks>.",
        "parameters": {
            "type": "object",
            "properties": {
                "location": {"type": "string", "description": "A city, e.g. \"Zürich\""},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
                "days": {"type": ["integer", "null"], "minimum": 1, "maximum": 7},
                "at": {"type": "object",
                       "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}},
                       "required": ["lat"]},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["location"],
        },
        "return": {"type": "string", "description": "the weather"},
    },
}
CLOCK = {"type": "function",
         "function": {"name": "clock", "description": "The time.",
                      "parameters": {"type": "object", "properties": {}}}}
LOOKUP = {"type": "function",
          "function": {"name": "lookup", "description": "Looks <it> up.",
                       "parameters": {"type": "object",
                                      "properties": {"word": {"type": "string", "description": "w"},
                                                     "count": {"type": "integer"}},
                                      "required": ["word"]},
                       "return": {"type": "string"}}}
TOOLS = [WEATHER, CLOCK]


def say(role, content, **more):
    return {"role": role, "content": content, **more}


def call(name, arguments, identity="call00001"):
    return {"id": identity, "type": "function",
            "function": {"name": name, "arguments": arguments}}


PLACE = {"location": "Paris", "unit": "celsius", "days": 2, "at": {"lat": 1.5, "lon": -2},
         "ok": True, "nothing": None, "list": [1, "two", {"three": 3.0}]}

SINGLE = [say("user", "Hello, who are you?")]
SYSTEM = [say("system", "You are terse."), *SINGLE]
TURNS = [*SYSTEM, say("assistant", "I am a program."), say("user", "Good."),
         say("assistant", " Yes. \n"), say("user", "Bye")]
ENDED = [*SINGLE, say("assistant", "A program.")]
UNICODE = [say("system", "Ты — 助手 🤖"), say("user", "naïve café ﬁ\u00a0ß\u2028İ 𝔘 'q' \"d\" \\ \t"),
           say("assistant", "<b>日本語</b> & \u0000x\u007f"), say("user", "👩‍👩‍👧 ok?")]
EMPTY = [say("system", ""), say("user", ""), say("assistant", ""), say("user", " \n ")]
PARTS = [say("system", [{"type": "text", "text": "Be kind."}]),
         say("user", [{"type": "text", "text": "Look: "}, {"type": "text", "text": "there"}]),
         say("assistant", [{"type": "text", "text": "I see."}]),
         say("user", [{"type": "text", "text": "More"}])]
IMAGE = [say("user", [{"type": "image", "image": "x.png"}, {"type": "text", "text": "What is it?"}])]
REASONING = [say("user", "1+1?"),
             say("assistant", "2", reasoning_content="One and one.\nTwo."),
             say("user", "2+2?"), say("assistant", "<think>\nfour\n</think>\n\n4"),
             say("user", "3+3?")]
THINKING = [say("user", "1+1?"), say("assistant", "2", thinking="sum"), say("user", "ok")]
TOOL_TURN = [*SYSTEM, say("assistant", "", tool_calls=[call("get_weather", PLACE)]),
             say("tool", '{"weather": "rain"}', name="get_weather", tool_call_id="call00001"),
             say("assistant", "It rains."), say("user", "And now?")]
TOOL_OPEN = [*SINGLE, say("assistant", None, tool_calls=[call("get_weather", PLACE)]),
             say("tool", "rain", name="get_weather", tool_call_id="call00001")]
TOOL_TEXT = [*SINGLE, say("assistant", "Let me see.",
                          tool_calls=[call("get_weather", '{"location": "Paris"}')]),
             say("tool", "rain", tool_call_id="call00001")]
TOOL_TWO = [*SINGLE, say("assistant", "",
                         tool_calls=[call("get_weather", {"location": "Rome"}, "call00001"),
                                     call("clock", {}, "call00002")], reasoning_content="two"),
            say("tool", "sun", name="get_weather", tool_call_id="call00001"),
            say("tool", {"time": 5}, name="clock", tool_call_id="call00002"),
            say("assistant", "Sun."), say("user", "Thanks")]
TOOL_FLAT = [*SINGLE, say("assistant", "", tool_calls=[{"name": "clock", "arguments": {"a": 1}}]),
             say("tool", [{"type": "text", "text": "noon"}])]
WRONG_ORDER = [say("user", "a"), say("user", "b"), say("assistant", "c")]
STARTS_WITH_ASSISTANT = [say("assistant", "hi"), say("user", "b")]
ODD_ROLE = [say("developer", "Obey."), say("user", "x"), say("ipython", "y"), say("weird", "z")]
NO_CONTENT = [{"role": "user"}, {"role": "assistant", "content": None}]

CONVERSATIONS = {
    "single": (SINGLE, None), "system": (SYSTEM, None), "turns": (TURNS, None),
    "ended": (ENDED, None), "unicode": (UNICODE, None), "empty": (EMPTY, None),
    "parts": (PARTS, None), "image": (IMAGE, None), "reasoning": (REASONING, None),
    "thinking": (THINKING, None), "none": ([], None), "tools": (SINGLE, TOOLS),
    "system tools": (SYSTEM, TOOLS), "no tools": (SYSTEM, []), "one tool": (TURNS, [CLOCK]),
    "tool turn": (TOOL_TURN, TOOLS), "tool open": (TOOL_OPEN, TOOLS),
    "tool text": (TOOL_TEXT, TOOLS), "tool two": (TOOL_TWO, TOOLS),
    "tool two untold": (TOOL_TWO, None), "tool flat": (TOOL_FLAT, TOOLS),
    "lookup": (SINGLE, [LOOKUP]), "lookup turns": (TURNS, [LOOKUP, CLOCK]),
    "lookup called": ([*SINGLE, say("assistant", "", tool_calls=[call("lookup", {"word": "x"})]),
                       say("tool", "y", name="lookup", tool_call_id="call00001")], [LOOKUP]),
    "wrong order": (WRONG_ORDER, None), "assistant first": (STARTS_WITH_ASSISTANT, None),
    "odd role": (ODD_ROLE, None), "no content": (NO_CONTENT, None),
    "flat tools": (SINGLE, [WEATHER["function"], CLOCK["function"]]),
}

EXTRAS = {
    "plain": {},
    "thinking off": {"enable_thinking": False, "thinking": False, "reasoning_effort": "low"},
    "thinking on": {"enable_thinking": True, "thinking": True, "reasoning_effort": "high",
                    "xml_tools": [CLOCK], "keep_past_thinking": True,
                    "preserve_thinking": True, "clear_thinking": False,
                    "custom_instructions": "Be brief.",
                    "functions": "[]", "datetime": "today"},
    "documents": {"documents": [{"title": "One", "text": "First."}, {"title": "Two", "text": "2"}],
                  "date_string": "01 Jan 2025", "builtin_tools": ["browser", "python"],
                  "tools_in_user_message": False, "controls": {"length": "long"},
                  "model_identity": "I am."},
}
