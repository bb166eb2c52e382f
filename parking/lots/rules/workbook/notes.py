"""What is a clerk told in the workbook itself? In Chinese and in English, one line beside the other."""

from __future__ import annotations

# The first column names what the line is about; the second and third say it.
NOTES: tuple[tuple[str, str, str], ...] = (
    (
        "停车场登记 / Register",
        "一行一个停车场。改好后保存为 xlsx，再导入：先试算，列出会改什么，确认后才写入。",
        "One lot a row. Save as xlsx and import: first it is told what would change, then you confirm.",
    ),
    (
        "新停车场 / New lot",
        "写在最后一行下面，“版本标记”留空。新停车场的车位数记为存量；新建的请留空，改在车位台账里登记。",
        "Below the last row, without a version mark. Its spaces become its opening balance; for a new build"
        " leave them blank and enter them in the space ledger.",
    ),
    (
        "锁定 / Locked",
        "灰色的单元格不要改：编号、版本标记、已有停车场的车位数、已有的台账。保护没有密码，只为防止误改；改了会被指出，不会写入。",
        "Leave grey cells alone: codes, version marks, the spaces of lots that stand, entries that stand. The"
        " protection has no password; what is changed there is told and not taken.",
    ),
    (
        "版本标记 / Version mark",
        "导出之后，如果别人改过同一个停车场，您改过的那一行不会写入，会告诉您；没有动过的行不受影响。",
        "Where somebody else changed a lot after the export, your change of its row is told and not taken;"
        " rows that you left alone are passed over.",
    ),
    (
        "删除 / Deleting",
        "删掉的行不会删除任何停车场或台账；缺少的台账会提示。",
        "A row that is taken out deletes neither lot nor entry; missing entries are told.",
    ),
    (
        "空白 / Blank",
        "空白会清除文字、限高、日期；类别、类型、权限空白表示不变。",
        "Blank clears a text, a height or a date; for kind, type and access it says nothing.",
    ),
    (
        "车位台账 / Space ledger",
        "合计由每一笔相加而得，只增不改。新的一笔写在最后一行下面，“序号”留空；记错了，再加一笔“更正登记数”。",
        "Every total is the sum of dated entries. Add new ones below, without a number; mend a mistake by an"
        " entry of reason correction. Old entries are never changed.",
    ),
    (
        "重复导入 / Importing again",
        "同一个工作簿再导入一次，什么也不会变：导出之后已有完全相同的一笔，不会再记一次。",
        "The same workbook imported again changes nothing: an entry that came in since the export with the"
        " same content is not entered twice.",
    ),
    (
        "日期 / Date",
        "1949-10-01 至今天；减少用负数，原因要与增减方向相符（撤除只能是减少）。",
        "From 1949-10-01 to today. Losses are negative; the sign must fit the reason (removed: a loss).",
    ),
    (
        "开放时间 / Opening hours",
        "OSM 写法：24/7，Mo-Fr 07:00-22:00; PH off。说不清的写在开放说明里。",
        "OSM text: 24/7, Mo-Fr 07:00-22:00; PH off. What that cannot say goes to the hours note.",
    ),
    (
        "出入口 / Entrances",
        "北门 32.0612,120.6231 入口; 东门 32.061,120.625 出入口"
        "（名称、纬度、经度、用途，分号隔开；坐标系与本行相同）",
        "North 32.0612,120.6231 entry; East 32.061,120.625 both (name, latitude, longitude, use; semicolons"
        " between; in the row's datum)",
    ),
    (
        "公式 / Formulas",
        "可以用公式，读取的是保存的结果；没有结果的会被指出。以 = + - @ 开头的文字就是文字，不会运算。",
        "A formula's saved result is read; one without is told. Texts that begin with = + - or @ are texts"
        " and are never reckoned.",
    ),
)
