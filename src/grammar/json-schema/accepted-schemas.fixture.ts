/** Schemas that are enforced, with texts that are let through and texts that are not. */
export const accepted: readonly (readonly [schema: unknown, right: readonly string[], wrong: readonly string[]])[] = [
  [
    {
      type: 'object',
      properties: {
        json_string: { type: 'array', items: { type: 'integer' } },
        other: { type: 'string' },
      },
    },
    ['{"json_string": [1], "other": "abc"}'],
    ['{"json_string": [1], "other": [1]}', '{"json_string": "a"}'],
  ],
  [
    { type: 'string' },
    ['""', '"a\\n\\u00e9\\ud83d\\ude42🙂\\/"'.replace('\\/', '/')],
    ['"', '"\n"', '"\\ud83d"', '"\\ude42"', '1', ' ""', '"\\x"'],
  ],
  [
    { type: ['integer', 'null'] },
    ['0', '-12', 'null', '9007199254740991'],
    ['01', '-', '1.0', '9007199254740992', '-0', '1e3', 'true'],
  ],
  [{ type: 'string', nullable: true }, ['"a"', 'null'], ['1']],
  [{ type: 'number' }, ['0', '-1.25', '1e5', '6.02E+23'], ['.5', '1.', '+1', '1e999', 'NaN']],
  [{ type: 'boolean' }, ['true', 'false'], ['"true"', 'null']],
  [{ enum: ['a', 1, null, { b: [1, 'x'] }] }, ['"a"', '1', 'null', '{"b": [1, "x"]}'], ['"b"', '{"b":[1,"x"]}', '2']],
  [{ type: 'string', enum: ['a', 1] }, ['"a"'], ['1']],
  [{ const: 'a"b\\c\n' }, ['"a\\"b\\\\c\\n"'], ['"a\\"b\\\\c"']],
  [{ type: 'integer', minimum: -3, exclusiveMaximum: 120 }, ['-3', '0', '9', '99', '119'], ['-4', '120', '1000', '-0']],
  [
    { type: 'integer', minimum: 1234, maximum: 98765 },
    ['1234', '1240', '9999', '10000', '98765'],
    ['1233', '999', '98766', '100000'],
  ],
  [{ type: 'number', exclusiveMinimum: 0, maximum: 1 }, ['0.001', '1', '1.0', '0.999'], ['0', '0.0', '1.1', '-1', '2']],
  [
    { type: 'number', minimum: -1.5, maximum: -0.25 },
    ['-1.5', '-0.25', '-1', '-0.9'],
    ['-1.51', '-0.2', '0', '1', '-2'],
  ],
  [{ type: 'number', exclusiveMaximum: 0.3, minimum: 0.1 }, ['0.1', '0.29'], ['0.3', '0.30', '0.099']],
  [
    { type: 'integer', multipleOf: 7, minimum: -20, maximum: 1000 },
    ['-14', '0', '7', '994'],
    ['-21', '1', '8', '1001'],
  ],
  [{ type: 'integer', multipleOf: 60 }, ['0', '60', '-120', '3600'], ['30', '61']],
  [{ type: 'number', multipleOf: 0.01, minimum: 0 }, ['19.99', '20', '0.1', '0.10'], ['19.999', '-1']],
  [{ type: 'number', multipleOf: 0.25 }, ['0.25', '-1.5', '3', '3.00'], ['0.3', '1.26']],
  [{ type: 'integer', multipleOf: 2.5, maximum: 30, minimum: 0 }, ['0', '5', '30'], ['2', '2.5', '35']],
  [
    { type: 'string', minLength: 2, maxLength: 3 },
    ['"ab"', '"🙂🙂🙂"', '"\\n\\u00e9"', '"\\ud83d\\ude42a"'],
    ['"a"', '"abcd"', '"\\ud83d\\ude42"'],
  ],
  [{ type: 'string', pattern: '^a+"\\\\$' }, ['"aa\\"\\\\"'], ['"a\\"', '"\\\\"']],
  [{ type: 'string', pattern: 'b' }, ['"b"', '"abc"', '"\\nb"'], ['""', '"ac"']],
  [{ type: 'string', pattern: '^[a-z]+@[a-z]+$', maxLength: 7 }, ['"a@b"', '"abc@def"'], ['"abcd@def"', '"@b"']],
  [{ type: 'string', pattern: '^(ab)*$', minLength: 3, maxLength: 6 }, ['"abab"', '"ababab"'], ['"ab"', '"abababab"']],
  [
    { type: 'string', pattern: '^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$' },
    ['"1.50"', '"-.5"', '"007"'],
    ['""', '"-."', '"1.2.3"', '"a"'],
  ],
  [
    { type: 'string', pattern: '^(?=.*[A-Z])(?=.*\\d).{3,}$', maxLength: 5 },
    ['"aB1"', '"1Bxyz"'],
    ['"ab1"', '"aB"', '"aB1xyz"'],
  ],
  [
    { type: 'object', patternProperties: { '^(?!x)': { const: 1 } }, additionalProperties: { const: 2 } },
    ['{"a": 1, "x": 2}'],
    ['{"a": 2}', '{"x": 1}'],
  ],
  [{ allOf: [{ type: 'string', pattern: 'a' }, { pattern: 'b' }] }, ['"ab"', '"b a"'], ['"a"', '"b"']],
  [{ type: 'string', not: { enum: ['a', 'ab'] } }, ['"b"', '"abc"', '""'], ['"a"', '"ab"']],
  [{ type: ['string', 'null'], not: { const: null } }, ['"a"'], ['null']],
  [{ not: { type: ['object', 'array', 'number', 'string'] } }, ['null', 'true'], ['1', '{}']],
  [
    { type: 'string', format: 'date' },
    ['"2024-02-29"', '"1999-12-31"'],
    ['"2023-02-29"', '"1999-13-01"', '"99-01-01"'],
  ],
  [
    { type: 'string', format: 'date-time' },
    ['"2024-01-02T03:04:05Z"', '"2024-01-02T03:04:05.678+01:00"'],
    ['"2024-01-02"', '"2024-01-02T24:00:00Z"'],
  ],
  [{ type: 'string', format: 'email', maxLength: 20 }, ['"a.b@c.de"'], ['"a@b"', '"@b.de"', '"aaaaaaaaaaaaaaaa@b.de"']],
  [{ type: 'string', format: 'uuid' }, ['"123e4567-e89b-12d3-a456-426614174000"'], ['"123e4567"']],
  [{ type: 'string', format: 'ipv4' }, ['"127.0.0.1"', '"255.249.10.0"'], ['"256.0.0.1"', '"01.2.3.4"']],
  [
    { type: 'string', format: 'uri' },
    ['"https://example.com:8080/a?b=c#d"', '"mailto:a@b.c"'],
    ['"example.com"', '"http://a b"'],
  ],
  [{ type: 'array', items: { type: 'integer' } }, ['[]', '[1]', '[1, 2]'], ['[1,2]', '[1, ]', '["a"]']],
  [
    { type: 'array', items: { type: 'null' }, minItems: 1, maxItems: 2 },
    ['[null]', '[null, null]'],
    ['[]', '[null, null, null]'],
  ],
  [
    { type: 'array', prefixItems: [{ const: 1 }, { const: 2 }], items: { const: 3 }, minItems: 1 },
    ['[1]', '[1, 2]', '[1, 2, 3, 3]'],
    ['[]', '[2]', '[1, 3]'],
  ],
  [
    { type: 'array', prefixItems: [{ const: 1 }, { const: 2 }], items: false },
    ['[]', '[1, 2]'],
    ['[1, 2, 3]', '[1, 2, null]'],
  ],
  [
    { type: 'array', uniqueItems: true, items: { enum: ['a', 'b', 'c'] }, minItems: 2 },
    ['["c", "a"]', '["a", "b", "c"]'],
    ['["a"]', '["a", "a"]'],
  ],
  [
    { type: 'array', uniqueItems: true, items: { type: 'integer', minimum: 1, maximum: 9 }, maxItems: 2 },
    ['[]', '[1, 9]'],
    ['[1, 1]', '[1, 2, 3]'],
  ],
  [{ type: 'array', uniqueItems: true, maxItems: 1 }, ['[]', '[{}]'], ['[1, 2]']],
  [
    {
      type: 'object',
      properties: { a: { type: 'integer' }, b: { type: 'null' }, c: { type: 'boolean' } },
      required: ['b'],
    },
    ['{"b": null}', '{"a": 1, "b": null, "c": true}', '{"b": null, "c": true}'],
    ['{}', '{"a": 1}', '{"c": true, "b": null}', '{"b": null, "d": 1}', '{"b":null}'],
  ],
  [
    { type: 'object', properties: { a: { const: 1 }, b: { const: 2 } }, additionalProperties: { const: 3 } },
    ['{}', '{"a": 1}', '{"b": 2}', '{"a": 1, "b": 2, "x": 3}', '{"x": 3, "y": 3}'],
    ['{"a": 3}', '{"x": 1}', '{, "b": 2}', '{"a": 1, }'],
  ],
  [{ type: 'object' }, ['{}', '{"a": {"b": []}}'], ['[]', '{"a":1}']],
  [{ type: 'object', required: ['x'] }, ['{"x": 1}', '{"x": null, "y": 2}'], ['{}', '{"y": 2}']],
  [{ type: 'object', required: ['x'], additionalProperties: { type: 'null' } }, ['{"x": null}'], ['{"x": 1}']],
  [
    {
      type: 'object',
      patternProperties: { '^x-': { const: 1 }, z$: { type: 'integer' } },
      additionalProperties: { const: 'other' },
    },
    ['{"x-a": 1, "z": 5, "x-z": 1, "a": "other"}'],
    ['{"x-a": 2}', '{"x-z": 5}', '{"a": 1}'],
  ],
  [
    { type: 'object', propertyNames: { pattern: '^[a-z]+$' }, additionalProperties: { const: 1 } },
    ['{"ab": 1}', '{}'],
    ['{"A": 1}', '{"": 1}'],
  ],
  [
    { type: 'object', propertyNames: { enum: ['p', 'q'] }, additionalProperties: { const: 1 } },
    ['{"p": 1, "q": 1}', '{"q": 1}'],
    ['{"r": 1}', '{"q": 1, "q": 1}'],
  ],
  [
    {
      type: 'object',
      properties: { a: true, b: true, c: true },
      additionalProperties: false,
      minProperties: 2,
      maxProperties: 2,
    },
    ['{"a": 1, "c": 2}', '{"b": 1, "c": 2}'],
    ['{}', '{"a": 1}', '{"a": 1, "b": 1, "c": 1}'],
  ],
  [
    { type: 'object', additionalProperties: { const: 1 }, minProperties: 1, maxProperties: 2 },
    ['{"a": 1}', '{"a": 1, "b": 1}'],
    ['{}', '{"a": 1, "b": 1, "c": 1}'],
  ],
  [
    {
      type: 'object',
      properties: { a: { const: 1 }, b: { const: 2 } },
      dependentRequired: { a: ['b'] },
      additionalProperties: false,
    },
    ['{}', '{"b": 2}', '{"a": 1, "b": 2}'],
    ['{"a": 1}'],
  ],
  [{ anyOf: [{ type: 'integer' }, { type: 'string', maxLength: 1 }] }, ['1', '"a"'], ['"ab"', 'null']],
  [{ oneOf: [{ type: 'integer' }, { type: 'string' }, { type: 'null' }] }, ['1', '"a"', 'null'], ['1.5', 'true']],
  [
    {
      oneOf: [
        { type: 'integer', maximum: 0 },
        { type: 'integer', minimum: 1 },
      ],
    },
    ['-1', '0', '1'],
    ['1.5'],
  ],
  [
    {
      oneOf: ['a', 'b'].map((kind) => ({
        type: 'object',
        properties: { kind: { const: kind }, [kind]: { const: 1 } },
        required: ['kind', kind],
        additionalProperties: false,
      })),
    },
    ['{"kind": "a", "a": 1}', '{"kind": "b", "b": 1}'],
    ['{"kind": "a", "b": 1}', '{"kind": "c"}'],
  ],
  [
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
        { properties: { a: { minimum: 5 }, b: { const: 1 } } },
      ],
      required: ['b'],
    },
    ['{"a": 5, "b": 1}'],
    ['{"a": 4, "b": 1}', '{"a": 5}'],
  ],
  [
    {
      $defs: {
        tree: {
          type: 'object',
          properties: { value: { type: 'integer' }, children: { type: 'array', items: { $ref: '#/$defs/tree' } } },
          required: ['value'],
          additionalProperties: false,
        },
      },
      $ref: '#/$defs/tree',
    },
    ['{"value": 1}', '{"value": 1, "children": [{"value": 2, "children": []}]}'],
    ['{"value": 1, "children": [{}]}'],
  ],
  [
    { type: 'array', items: { anyOf: [{ type: 'null' }, { $ref: '#' }] }, maxItems: 2 },
    ['[]', '[[], [null]]'],
    ['[1]', '[[], [], []]'],
  ],
  [
    {
      type: 'object',
      properties: { a: { type: 'string' }, b: { $ref: '#/properties/a', maxLength: 1 } },
      required: ['b'],
    },
    ['{"b": "x"}'],
    ['{"b": "xy"}'],
  ],
  [{ $ref: '#/definitions/a~1b%20c', definitions: { 'a/b c': { const: 1 } } }, ['1'], ['2']],
  [{ $ref: '#here', $defs: { any: { $anchor: 'here', type: 'null' } } }, ['null'], ['1']],
  [true, ['null', '{"a": [1, "b", {}]}'], ['', '{"a"}']],
  [
    { properties: { a: { const: 1 } }, title: 'No type', 'x-note': 1, default: {}, examples: [] },
    ['{"a": 1}', '{}'],
    ['1'],
  ],
  [{ type: 'array', items: { type: 'integer' }, contains: true, minContains: 0 }, ['[]', '[1]'], ['["a"]']],
  [{ if: { type: 'string' }, type: 'integer' }, ['1'], ['"a"']],
  [{ type: 'object', properties: { a: { const: 1 } }, unevaluatedProperties: false }, ['{"a": 1}'], ['{"b": 1}']],
  [{ type: 'object', properties: { a: false, b: { const: 1 } } }, ['{"b": 1}', '{}'], ['{"a": 1}']],
  [{ type: 'integer', format: 'int32', minimum: 2147483640 }, ['2147483647'], ['2147483648']],
]
