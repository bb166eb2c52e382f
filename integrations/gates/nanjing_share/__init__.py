"""南京易停宝: the message that lends a space to a vehicle by the hour, through a broker."""

from integrations.gates.nanjing_share.allowing import HourlyShares

ALLOWS = HourlyShares()
