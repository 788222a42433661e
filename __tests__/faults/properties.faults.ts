// The properties of the default run, at length: see at-length.ts. A failure prints the seed and the path that show it again.
import './fixtures/at-length.js';
import '../scope/grammar-laws.test.js';
import '../scope/intersection.test.js';
import '../scope/laws.test.js';
import '../scope/self.test.js';
import '../scope/set-laws.test.js';
import '../decision/decide-laws.test.js';
import '../enforcement/challenge.test.js';
import '../enforcement/enforce.test.js';
import '../token/jwt/claims.test.js';
import '../token/credentials.test.js';
import '../token/jwt/differential.test.js';
import '../token/jwt/header.test.js';
import '../token/jwt/jwt-members.test.js';
import '../token/jwt/decode.test.js';
import '../token/jwt/laws.test.js';
import '../admin/commands.test.js';
import '../admin/cursor.test.js';
import '../grants/ids.test.js';
import '../admin/json.test.js';
import '../admin/validation.test.js';
import '../issuance/bad-input.test.js';
import '../issuance/laws.test.js';
import { tryEachProperty } from '../support/property-runs.js';

// Each of those files has said how often its properties are tried that name no number, and how long they may take.
tryEachProperty(1000);
jest.setTimeout(900_000);
