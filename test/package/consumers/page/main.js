/** All the code that a consumer's page needs. */
import 'kyutai-stt';
