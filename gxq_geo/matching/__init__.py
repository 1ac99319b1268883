"""An investor's requirement, answered with ranked sites, groups of sites or carriers."""

from gxq_geo.matching.ranking import AGAINST as AGAINST
from gxq_geo.matching.ranking import match as match
from gxq_geo.matching.ranking import required as required
from gxq_geo.matching.requirement import Requirement as Requirement
