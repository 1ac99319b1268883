"""Decide the encoding of a file by evidence: its bytes first, then what it declares."""

from gxq_geo.formats.encoding.decision import Encoding as Encoding
from gxq_geo.formats.encoding.decision import decide as decide
from gxq_geo.formats.encoding.decision import decide_text as decide_text
from gxq_geo.formats.encoding.decoding import Decoded as Decoded
from gxq_geo.formats.encoding.decoding import decode_all as decode_all
from gxq_geo.formats.encoding.decoding import decoded as decoded
from gxq_geo.formats.encoding.names import GB18030 as GB18030
from gxq_geo.formats.encoding.names import UTF8 as UTF8
from gxq_geo.formats.encoding.names import UTF16 as UTF16
from gxq_geo.formats.encoding.names import code_page as code_page
from gxq_geo.formats.encoding.names import codec as codec
from gxq_geo.formats.encoding.proof import decode_by_evidence as decode_by_evidence
from gxq_geo.formats.encoding.proof import is_gb18030_by_chance_utf8 as is_gb18030_by_chance_utf8
