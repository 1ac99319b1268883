"""Every text that people read, by key, in each language."""

from gxq_geo.words.catalogue import FALLBACK as FALLBACK
from gxq_geo.words.catalogue import INVISIBLE as INVISIBLE
from gxq_geo.words.catalogue import data as data
from gxq_geo.words.catalogue import default_lang as default_lang
from gxq_geo.words.catalogue import encodable as encodable
from gxq_geo.words.catalogue import fallback_order as fallback_order
from gxq_geo.words.catalogue import faults as faults
from gxq_geo.words.catalogue import folder as folder
from gxq_geo.words.catalogue import in_all_languages as in_all_languages
from gxq_geo.words.catalogue import keys as keys
from gxq_geo.words.catalogue import langs as langs
from gxq_geo.words.catalogue import languages as languages
from gxq_geo.words.catalogue import pick as pick
from gxq_geo.words.catalogue import set_default_lang as set_default_lang
from gxq_geo.words.catalogue import table as table
from gxq_geo.words.catalogue import tag as tag
from gxq_geo.words.catalogue import text as text
from gxq_geo.words.catalogue import visible as visible
from gxq_geo.words.files import Fault as Fault
from gxq_geo.words.files import shortened as shortened
