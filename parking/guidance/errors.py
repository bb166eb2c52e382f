"""What can be wrong about a source or a step with it?"""

from __future__ import annotations

from parking.kernel.errors import N_, Conflict, InvalidInput, NotAllowed, NotFound, RuleBroken


class SourceUnknown(NotFound):
    """There is no source of this name."""

    code = "source_unknown"
    text = N_("没有名为 %(name)s 的数据源")


class SourceExists(Conflict):
    """Names of sources are used once."""

    code = "source_exists"
    text = N_("数据源 %(name)s 已存在")


class SourceInvalid(InvalidInput):
    """A source's description is wrong; the fields are named."""

    code = "source_invalid"
    text = N_("数据源 %(name)s 的设置有误")


class SourceDoubtful(RuleBroken):
    """What a source gives is odd, or nobody looked; a person has to give a reason for switching it on."""

    code = "source_doubtful"
    text = N_("数据源 %(name)s 有疑点，启用须写明理由")


class SourceChanged(Conflict):
    """It would be read otherwise than in the preview that somebody looked at."""

    code = "source_changed"
    text = N_("数据源 %(name)s 在预览之后改动过：请看过现在的预览，再启用")


class SourceNotSwitchedOn(RuleBroken):
    """A source that waits is not pulled before somebody looked at what it gives."""

    code = "source_not_switched_on"
    text = N_("数据源 %(name)s 还未启用：请先预览，再启用")


class MappingInvalid(InvalidInput):
    """A mapping's text is wrong; every fault is named with its line."""

    code = "mapping_invalid"
    text = N_("映射 %(name)s 有误")


class MappingDoubtful(RuleBroken):
    """A mapping is odd in a way that somebody has to give a reason for."""

    code = "mapping_doubtful"
    text = N_("映射 %(name)s 有疑点，保存时须写明理由")


class MappingUnknown(NotFound):
    """There is no mapping of this name, or no such version of it."""

    code = "mapping_unknown"
    text = N_("没有名为 %(name)s 的映射")


class PullMissing(NotFound):
    """The source has no address of this kind (static or live)."""

    code = "pull_missing"
    text = N_("数据源 %(name)s 没有 %(kind)s 地址")


class PullBusy(Conflict):
    """Somebody is pulling it at this moment."""

    code = "pull_busy"
    text = N_("数据源 %(name)s 正在被读取，请稍后再试")


class ClaimLost(Conflict):
    """The claim ran out or was taken back while the answer was on its way; the answer is dropped."""

    code = "claim_lost"
    text = N_("数据源 %(name)s 的读取权已失效，本次结果作废")


class LinkTaken(Conflict):
    """The feed's lot already speaks for another lot of the register."""

    code = "link_taken"
    text = N_("数据源 %(name)s 的车场 %(external_id)s 已关联到其他停车场")


class LotSpokenFor(Conflict):
    """The source speaks for this lot of the register already, by another id."""

    code = "lot_spoken_for"
    text = N_("数据源 %(name)s 已用编号 %(other)s 提供该停车场，不能再用 %(external_id)s：请先取消原来的关联")


class LinkMissing(NotFound):
    """The source's id is linked to no lot of the register."""

    code = "link_missing"
    text = N_("数据源 %(name)s 的编号 %(external_id)s 没有关联停车场")


class UnlinkReasonMissing(InvalidInput):
    """A link is taken back without saying why."""

    code = "unlink_reason_missing"
    text = N_("请说明理由")


class LotMissing(NotFound):
    """A link names a lot that the register does not have."""

    code = "linked_lot_missing"
    text = N_("没有编号为 %(code)s 的停车场")


class CredentialInvalid(InvalidInput):
    """What a source shall know us by is wrong; the fields are named, and nothing of it is repeated."""

    code = "credential_invalid"
    text = N_("数据源 %(name)s 的访问凭据有误")


class CredentialMissing(NotFound):
    """The source knows us by nothing."""

    code = "credential_missing"
    text = N_("数据源 %(name)s 没有设置访问凭据")


class HostUnknown(NotFound):
    """No source lies at this host."""

    code = "host_unknown"
    text = N_("没有数据源在主机 %(host)s 上")


class HostLimitInvalid(InvalidInput):
    """A host's limits are wrong; the fields are named."""

    code = "host_limit_invalid"
    text = N_("主机 %(host)s 的限额有误")


class AdministratorOnly(NotAllowed):
    """Private address ranges are opened by an administrator only."""

    code = "administrator_only"
    text = N_("只有管理员可以允许内网地址段")


class CandidateUnknown(NotFound):
    """No such lot without a place waits, or it was linked meanwhile."""

    code = "candidate_unknown"
    text = N_("没有这个待定位的停车场，可能已经处理")


class CandidateNearby(RuleBroken):
    """A lot of the register lies within 50 m: whoever places a new one there says that it is another."""

    code = "candidate_nearby"
    text = N_("%(metres)s 米处已有 %(code)s %(name)s：是同一个就关联，不是就勾选“它是另一个”")
