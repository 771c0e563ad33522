/** All that a consumer's page needs to say. */
import 'kyutai-stt';
