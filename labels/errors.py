"""Refusals of the ink: each names the argument it is about and says in Japanese what to do next.

    LabelError (ValueError)
    ├── NumberMalformed        number        not eight ASCII digits
    ├── NumberMismatch         url           QR code and Code 128 would name different things
    ├── CallNumberOutOfRange   call_number   not 1–99
    ├── LinkUnusable           public_url    not an origin (scheme, host, port) that a label can carry
    ├── LinkTooLong            url           the QR modules would become too small for the stock
    ├── UnknownStock           stock
    ├── StartOutOfRange        start         not 1 … number of faces
    ├── CopiesOutOfRange       copies
    ├── OffsetOutOfRange       offset_x, offset_y
    ├── NothingToPrint         labels        no label and no frame asked for
    └── TooManyLabels          labels

``FontMissing`` is not a ``LabelError``: no visitor can mend it, only whoever installed the program.
"""


class LabelError(ValueError):
    """A label that cannot be printed as asked: ``field`` is the argument's name, ``sentence`` is for people."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


class NumberMalformed(LabelError):
    def __init__(self, number: str) -> None:
        super().__init__(
            "number",
            f"ラベル番号は数字8けたで入力してください。「{number}」は刷れません。",
        )


class NumberMismatch(LabelError):
    def __init__(self, url: str, number: str) -> None:
        super().__init__(
            "url",
            f"アドレス「{url}」の終わりを、ラベル番号「{number}」にそろえてください。",
        )


class CallNumberOutOfRange(LabelError):
    def __init__(self, call_number: int) -> None:
        super().__init__(
            "call_number",
            f"呼び番号は1から99までで入力してください。「{call_number}」は刷れません。",
        )


class LinkUnusable(LabelError):
    def __init__(self, public_url: str) -> None:
        super().__init__(
            "public_url",
            f"公開アドレスは「https://ホスト名」の形で設定してください。「{public_url}」はラベルにのせられません。",
        )


class LinkTooLong(LabelError):
    def __init__(self, url: str) -> None:
        super().__init__(
            "url",
            f"「{url}」は長すぎて、この用紙では読み取れる大きさに刷れません。面の大きい用紙を選んでください。",
        )


class UnknownStock(LabelError):
    def __init__(self, stock: str) -> None:
        super().__init__("stock", f"用紙「{stock}」はありません。用紙の一覧から選んでください。")


class StartOutOfRange(LabelError):
    def __init__(self, start: int, faces: int) -> None:
        super().__init__("start", f"はじめの面は1から{faces}までで選んでください。")


class CopiesOutOfRange(LabelError):
    def __init__(self, copies: int, most: int) -> None:
        super().__init__("copies", f"1台あたりの枚数は1から{most}までで入力してください。")


class OffsetOutOfRange(LabelError):
    def __init__(self, field: str, most: float) -> None:
        super().__init__(field, f"位置合わせは-{most:g} mmから{most:g} mmまでで入力してください。")


class NothingToPrint(LabelError):
    def __init__(self) -> None:
        super().__init__("labels", "ラベルにする端末を1台以上選んでください。")


class TooManyLabels(LabelError):
    def __init__(self, most: int) -> None:
        super().__init__("labels", f"一度に刷れるのは{most:,}枚までです。何回かに分けてください。")


class FontMissing(RuntimeError):
    """The label fonts are not installed; the message says which command fetches them."""
