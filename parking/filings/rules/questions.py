"""What is asked of an operator, group by group? The task list, as data; its texts are Chinese keys."""

from __future__ import annotations

from parking.filings.rules.fields import Choice, Field, FieldType, Group
from parking.filings.rules.states import FilingKind
from parking.kernel.errors import N_
from parking.kernel.vocabulary import SPACE_CLASS_NAMES, Access, LotKind, LotType, SpaceClass
from parking.lots.rules import LedgerReason

KIND_LABELS: dict[FilingKind, str] = {
    FilingKind.REGISTRATION: N_("新备案"),
    FilingKind.CHANGE: N_("变更备案"),
    FilingKind.RENEWAL: N_("延续备案"),
    FilingKind.CLOSURE: N_("注销备案"),
    FilingKind.SHARING: N_("错时共享备案"),
}
REASON_LABELS: dict[LedgerReason, str] = {
    LedgerReason.NEW_BUILD: N_("新建"),
    LedgerReason.IDLE_PLOT: N_("利用闲置地块"),
    LedgerReason.MECHANICAL: N_("机械车库改造"),
    LedgerReason.MARKED_BAYS: N_("新划泊位"),
    LedgerReason.CIVIL_DEFENCE_RELEASED: N_("人防车位启用"),
    LedgerReason.ESTATE_RELEASED: N_("小区交付释放"),
    LedgerReason.RESTRIPING: N_("重新划线"),
    LedgerReason.REMOVED: N_("撤除"),
    LedgerReason.OPENING_BALANCE: N_("原有车位（存量）"),
    LedgerReason.CORRECTION: N_("更正登记数"),
}
_NEW_REASONS = (
    LedgerReason.OPENING_BALANCE,
    LedgerReason.NEW_BUILD,
    LedgerReason.IDLE_PLOT,
    LedgerReason.MECHANICAL,
    LedgerReason.MARKED_BAYS,
    LedgerReason.CIVIL_DEFENCE_RELEASED,
    LedgerReason.ESTATE_RELEASED,
)
_DIFFERENCE_REASONS = (
    LedgerReason.CORRECTION,
    LedgerReason.RESTRIPING,
    LedgerReason.MARKED_BAYS,
    LedgerReason.MECHANICAL,
    LedgerReason.NEW_BUILD,
    LedgerReason.CIVIL_DEFENCE_RELEASED,
    LedgerReason.ESTATE_RELEASED,
    LedgerReason.REMOVED,
)


def space_key(space_class: SpaceClass) -> str:
    """The field that holds the number of spaces of a class: `spaces_general`."""
    return f"spaces_{space_class}"


LENDABLE = (SpaceClass.GENERAL, SpaceClass.ACCESSIBLE, SpaceClass.CHARGING, SpaceClass.MECHANICAL)
"""The classes that a shared window is made of."""


def lent_key(space_class: SpaceClass) -> str:
    """The field that holds how many spaces of a class are lent: `lend_general`."""
    return f"lend_{space_class}"


def _reasons(reasons: tuple[LedgerReason, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(reason, REASON_LABELS[reason]) for reason in reasons)


_KINDS = (Choice(LotKind.OFF_STREET, N_("路外停车场")), Choice(LotKind.ON_STREET, N_("路内停车路段")))
_TYPES = (
    Choice(LotType.PUBLIC, N_("公共停车场")),
    Choice(LotType.ANCILLARY, N_("配建停车场")),
    Choice(LotType.DEDICATED, N_("专用停车场")),
    Choice(LotType.TEMPORARY, N_("临时停车场")),
)
_ACCESSES = (
    Choice(Access.PUBLIC, N_("对社会开放")),
    Choice(Access.CUSTOMERS, N_("限顾客")),
    Choice(Access.RESIDENTS, N_("限居民")),
    Choice(Access.STAFF, N_("限职工")),
    Choice(Access.PERMIT, N_("凭证停放")),
)
_RIGHTS = (
    Choice("owned", N_("自有")),
    Choice("leased", N_("租赁")),
    Choice("entrusted", N_("受托管理")),
    Choice("handed_over", N_("移交管理")),
)
_T = FieldType

PLACE = Group(
    "place",
    N_("停车场与位置"),
    (
        Field("name", _T.TEXT, N_("停车场名称"), required=True, most=120),
        Field("name_en", _T.TEXT, N_("英文名称"), most=160),
        Field("kind", _T.CHOICE, N_("路内或路外"), required=True, choices=_KINDS),
        Field("type", _T.CHOICE, N_("停车场类型"), required=True, choices=_TYPES),
        Field("district_code", _T.DISTRICT, N_("所在镇（街道）"), required=True),
        Field("address", _T.TEXT, N_("详细地址"), required=True),
        Field(
            "position",
            _T.PLACE,
            N_("停车场位置"),
            required=True,
            hint=N_("在地图上点选，或填写纬度和经度"),
        ),
        Field("entrance", _T.PLACE, N_("主出入口位置"), hint=N_("导航会把司机带到这里")),
    ),
)
SPACES = Group(
    "spaces",
    N_("车位"),
    (
        *(
            Field(space_key(each), _T.INT, label, required=each is SpaceClass.GENERAL, most=100_000)
            for each, label in SPACE_CLASS_NAMES.items()
        ),
        Field("bay_length_m", _T.INT, N_("非机动车停车线长度（米）"), most=1_000_000),
        Field("max_height_cm", _T.INT, N_("限高（厘米）"), hint=N_("100 至 1000；不限高请留空"), most=1000),
        Field("access", _T.CHOICE, N_("谁可以停放"), required=True, choices=_ACCESSES),
        Field(
            "spaces_reason",
            _T.CHOICE,
            N_("车位来源"),
            choices=_reasons(_NEW_REASONS),
            hint=N_("新登记的停车场须填"),
        ),
        Field(
            "difference_reason",
            _T.CHOICE,
            N_("车位数与登记数不同的原因"),
            choices=_reasons(_DIFFERENCE_REASONS),
        ),
    ),
)
HOURS_AND_FEES = Group(
    "hours_and_fees",
    N_("开放时间与收费"),
    (
        Field(
            "opening_hours",
            _T.HOURS,
            N_("开放时间"),
            required=True,
            hint=N_("例如 24/7 或 Mo-Su 07:00-22:00"),
        ),
        Field("hours_note", _T.TEXT, N_("开放时间说明")),
        Field("charges_fee", _T.BOOL, N_("是否收费"), required=True),
        Field("fee_text", _T.LONG_TEXT, N_("收费标准"), required=True, when=("charges_fee", True), most=2000),
        Field("price_notice", _T.BOOL, N_("是否已公示收费标准"), required=True, when=("charges_fee", True)),
    ),
)
OWNER = Group(
    "owner",
    N_("场地与经营"),
    (
        Field("site_right", _T.CHOICE, N_("场地使用权"), required=True, choices=_RIGHTS),
        Field("operator_name", _T.TEXT, N_("经营单位"), required=True, most=160),
        Field("operator_is_owner", _T.BOOL, N_("经营单位是否就是产权单位"), required=True),
        Field(
            "owner_name", _T.TEXT, N_("产权单位"), required=True, when=("operator_is_owner", False), most=160
        ),
        Field("contract_until_on", _T.DATE, N_("合同到期日"), when=("operator_is_owner", False)),
    ),
)
BUILDING = Group(
    "building",
    N_("建筑与设施"),
    (
        Field("underground", _T.BOOL, N_("是否地下停车场"), required=True),
        Field("mechanical", _T.BOOL, N_("是否有机械停车设备"), required=True),
        Field("civil_defence", _T.BOOL, N_("是否使用人防工程"), required=True),
    ),
)
BILLING = Group(
    "billing",
    N_("收费系统"),
    (
        Field("has_billing_system", _T.BOOL, N_("是否使用停车收费系统"), required=True),
        Field(
            "billing_system",
            _T.TEXT,
            N_("系统名称"),
            required=True,
            when=("has_billing_system", True),
            most=160,
        ),
        Field(
            "billing_maker",
            _T.TEXT,
            N_("系统厂家"),
            required=True,
            when=("has_billing_system", True),
            most=160,
        ),
    ),
)
SAFETY = Group(
    "safety",
    N_("安全与投诉"),
    (
        Field("safety_person", _T.TEXT, N_("安全责任人"), required=True, most=60, private=True),
        Field("safety_phone", _T.PHONE, N_("安全责任人电话"), required=True, private=True),
        Field("complaint_phone", _T.PHONE, N_("投诉电话"), required=True, hint=N_("将对市民公开")),
    ),
)
CLOSING = Group(
    "closing",
    N_("注销"),
    (
        Field("closes_on", _T.DATE, N_("停止使用日期"), required=True),
        Field("closing_reason", _T.LONG_TEXT, N_("注销原因"), required=True, most=1000),
    ),
)
LENDING = Group(
    "lending",
    N_("共享车位与时段"),
    (
        *(
            Field(lent_key(each), _T.INT, SPACE_CLASS_NAMES[each], most=100_000, hint=N_("拿出来共享的个数"))
            for each in LENDABLE
        ),
        Field(
            "lend_hours",
            _T.HOURS,
            N_("共享时段"),
            required=True,
            hint=N_("例如 Mo-Fr 18:00-07:30; Sa-Su,PH 00:00-24:00；跨过午夜算一个时段"),
        ),
        Field("lend_from_on", _T.DATE, N_("从哪天开始"), required=True),
        Field("lend_until_on", _T.DATE, N_("到哪天为止（不含当天）"), required=True),
        Field(
            "lend_withdraw_hours", _T.INT, N_("产权单位最迟提前几小时收回一个时段"), required=True, most=48
        ),
        Field("lend_notice_days", _T.INT, N_("终止须提前几天通知"), required=True, most=180),
        Field(
            "lend_tariff",
            _T.TEXT,
            N_("共享时段的收费标准编号"),
            hint=N_("按停车场的收费标准请留空；另行收费或免费的，填已公布的收费标准编号"),
            most=40,
        ),
    ),
)
LENDING_DUTIES = Group(
    "lending_duties",
    N_("三方责任"),
    (
        Field("lend_owner", _T.TEXT, N_("产权单位"), required=True, most=100),
        Field(
            "lend_owner_desk",
            _T.PHONE,
            N_("产权单位值班电话"),
            required=True,
            hint=N_("单位的电话，不填个人手机"),
        ),
        Field("lend_owner_duties", _T.LONG_TEXT, N_("产权单位负责什么"), required=True, most=2000),
        Field("lend_operator_desk", _T.PHONE, N_("运行主体值班电话"), required=True),
        Field("lend_operator_duties", _T.LONG_TEXT, N_("运行主体负责什么"), required=True, most=2000),
        Field("lend_grace_minutes", _T.INT, N_("到点后宽限几分钟"), required=True, most=240),
        Field("lend_on_overstay", _T.LONG_TEXT, N_("超时怎么处理"), required=True, most=2000),
        Field("lend_overstays", _T.INT, N_("超时几次后暂停预约"), hint=N_("不暂停请留空"), most=100),
        Field("lend_insurance", _T.LONG_TEXT, N_("保险"), most=2000),
        Field("lend_house_rules", _T.LONG_TEXT, N_("进场须知"), most=2000),
    ),
)
PAPERS = Group("papers", N_("证明材料"))
DECLARATION = Group("declaration", N_("核对与声明"))

_WHOLE = (PLACE, SPACES, HOURS_AND_FEES, OWNER, BUILDING, BILLING, SAFETY, PAPERS, DECLARATION)
_GROUPS: dict[FilingKind, tuple[Group, ...]] = {
    FilingKind.REGISTRATION: _WHOLE,
    FilingKind.CHANGE: _WHOLE,
    FilingKind.RENEWAL: (SAFETY, PAPERS, DECLARATION),
    FilingKind.CLOSURE: (CLOSING, PAPERS, DECLARATION),
    FilingKind.SHARING: (LENDING, LENDING_DUTIES, PAPERS, DECLARATION),
}
FIELDS: dict[str, Field] = {
    each.key: each for group in (*_WHOLE, CLOSING, LENDING, LENDING_DUTIES) for each in group.fields
}
"""Every field by its key."""


def groups_for(kind: FilingKind, lot_kind: LotKind | str | None = None) -> tuple[Group, ...]:
    """The task list of a kind of filing; a road section has no building."""
    groups = _GROUPS[kind]
    return tuple(each for each in groups if each is not BUILDING) if lot_kind == LotKind.ON_STREET else groups


def group_for(kind: FilingKind, key: str, lot_kind: LotKind | str | None = None) -> Group | None:
    return next((each for each in groups_for(kind, lot_kind) if each.key == key), None)
