"""The daily questions of an investment bureau, answered with tables."""

from gxq_geo.questions.answers import DATED_QUESTIONS as DATED_QUESTIONS
from gxq_geo.questions.answers import QUESTIONS as QUESTIONS
from gxq_geo.questions.answers import Answer as Answer
from gxq_geo.questions.answers import ask as ask
from gxq_geo.questions.answers import carriers as carriers
from gxq_geo.questions.answers import chains as chains
from gxq_geo.questions.answers import customers as customers
from gxq_geo.questions.answers import matched as matched
from gxq_geo.questions.answers import parks as parks
from gxq_geo.questions.answers import projects as projects
from gxq_geo.questions.answers import sites as sites
