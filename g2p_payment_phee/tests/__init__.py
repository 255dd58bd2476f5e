from . import test_answers
from . import test_check
from . import test_client
from . import test_const
from . import test_cut
from . import test_jws
from . import test_payload

from . import test_questions
from . import test_reading
from . import test_reading_anything
from . import test_reading_question
from . import test_row_rules
from . import test_tokens
from . import test_transfers
