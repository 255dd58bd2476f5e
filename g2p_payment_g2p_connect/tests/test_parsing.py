import json

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..parsing import is_number, is_text, parse, split
from .test_reading_anything import near_answers, thorough, values

spaces = st.text(alphabet=" \t\r\n", max_size=3)


@tagged("post_install", "-at_install")
class TestSplit(BaseCase):
    def test_members_are_the_bytes_as_they_were_sent(self):
        text = ' {"header" :  {"a": 1.50, "ä":"\\u00e4"}\n, "message":{ "b":[ 1 ,2] } , "n":null}\r\n'
        members = split(text)
        self.assertEqual(members["header"].raw, '{"a": 1.50, "ä":"\\u00e4"}'.encode())
        self.assertEqual(members["message"].raw, b'{ "b":[ 1 ,2] }')
        self.assertEqual((members["header"].value["a"], members["header"].value["ä"]), ("1.50", "ä"))
        self.assertIsNone(members["n"].value)

    def test_what_says_one_thing_twice_says_nothing(self):
        for text in (
            '{"header":{},"header":{}}',
            '{"header":{"a":1,"a":1}}',
            '{"header":{},"\\u0068eader":{}}',
            '{"message":[{"a":{"b":1,"b":2}}]}',
        ):
            with self.subTest(text):
                self.assertIsNone(split(text))
                self.assertIsNone(parse(text))

    def test_what_is_no_object_is_nothing(self):
        for text in (
            "",
            " ",
            "{",
            "}",
            "[]",
            "null",
            "1",
            '"x"',
            "{}{}",
            "{},",
            '{"a":1,}',
            '{"a"}',
            '{"a":}',
            '{"a" 1}',
            '{"a":1 "b":2}',
            "{1:2}",
            "{a:1}",
            '{"a":NaN}',
            '{"a":Infinity}',
            '{"a":-Infinity}',
            '{"a":01}',
            '\ufeff{"a":1}',
            '{"a":"\n"}',
            "{'a':1}",
            '{"a":1}\x00',
            '\xa0{"a":1}',
            '{"a":' * 100_000,
            "[" * 100_000,
        ):
            with self.subTest(text[:20]):
                self.assertIsNone(split(text))
                self.assertIsNone(parse(text))

    def test_numbers_stay_as_they_were_written(self):
        read = parse('{"a":1.10,"b":100,"c":"100","d":1e400,"e":true}')
        self.assertEqual((read["a"], read["b"], read["d"]), ("1.10", "100", "1e400"))
        self.assertTrue(is_number(read["a"]) and is_number(read["b"]) and not is_number(read["c"]))
        self.assertTrue(is_text(read["c"]) and not is_text(read["b"]) and not is_number(read["e"]))

    @thorough
    @given(near_answers | values, spaces, st.sampled_from([None, 1]))
    def test_what_is_verified_is_what_is_read(self, body, space, indent):
        text = space + json.dumps(body, indent=indent) + space
        members, read = split(text), parse(text)
        if read is None:
            self.assertIsNone(members)
        else:
            self.assertEqual({name: member.value for name, member in members.items()}, read)
            for member in members.values():
                self.assertIn(member.raw, text.encode())

    @thorough
    @given(st.text(max_size=30) | st.text(alphabet='{}[]":,a1 \\', max_size=30))
    def test_any_text_is_understood_by_both_or_none(self, text):
        members, read = split(text), parse(text)
        self.assertEqual(members is None, read is None)
        if read is not None:
            self.assertEqual({name: member.value for name, member in members.items()}, read)
