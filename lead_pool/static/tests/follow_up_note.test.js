import { describe, expect, test } from "@odoo/hoot";
import { missing, noteLength } from "@lead_pool/follow_up_note/evidence";

describe.current.tags("headless");

const EVIDENCE = { min_length: 0, result: false, types: [], calls: [1], min_seconds: 0, by_call: false };
const codes = (said, evidence) =>
    missing({ text: "", typeId: false, result: false, minutes: 0, ...said }, { ...EVIDENCE, ...evidence }).map(
        ({ code, count }) => (count ? `${code} ${count}` : code)
    );

test("a note is as long as what it says", () => {
    const lengths = ["", "  ok \n ", "a\n\n\nb", "好的", "......", "👍👍", "aaaaaaaaaa", "a\u200b\u200bb", "１２３"];
    expect(lengths.map(noteLength)).toEqual([0, 2, 3, 2, 0, 0, 3, 2, 3]);
});

test("what is still missing is told as on the server", () => {
    expect(codes({}, {})).toEqual(["empty"]);
    expect(codes({ result: "reached" }, {})).toEqual([]);
    expect(codes({ text: "Called" }, { min_length: 15, result: true })).toEqual(["short_note 9", "no_result"]);
    expect(codes({ text: "ok", typeId: 2 }, { types: [3] })).toEqual(["wrong_type"]);
    expect(codes({ text: "ok", typeId: 1 }, { min_seconds: 30 })).toEqual(["short_call 30"]);
    expect(codes({ typeId: 1, minutes: 1 }, { min_seconds: 30, min_length: 9, by_call: true })).toEqual([]);
    expect(codes({ typeId: 1, minutes: 1 }, { min_length: 9 })).toEqual(["short_note 9"]);
});
