"""Every sentence that a person reads, in each language."""

from gxq_geo.words.catalogue import FALLBACK as FALLBACK
from gxq_geo.words.catalogue import Fault as Fault
from gxq_geo.words.catalogue import data as data
from gxq_geo.words.catalogue import default_lang as default_lang
from gxq_geo.words.catalogue import every as every
from gxq_geo.words.catalogue import faults as faults
from gxq_geo.words.catalogue import folder as folder
from gxq_geo.words.catalogue import keys as keys
from gxq_geo.words.catalogue import langs as langs
from gxq_geo.words.catalogue import languages as languages
from gxq_geo.words.catalogue import order as order
from gxq_geo.words.catalogue import pick as pick
from gxq_geo.words.catalogue import speak as speak
from gxq_geo.words.catalogue import table as table
from gxq_geo.words.catalogue import tag as tag
from gxq_geo.words.catalogue import text as text
from gxq_geo.words.catalogue import visible as visible
