<?php

namespace Licats\LicatsHooks;

/**
 * The comment of a step that this module takes in a thread: a line per query, each with a mark that names the query
 * and the fingerprint of what it was raised on. Knows no REDCap.
 */
final class QueryComment
{
    private const LONGEST = 2000;
    private const MARK = '/\[LICATS:([0-9a-f]{16}):([0-9a-f]{8,64})\]/';

    /** @param list<array{id: string, rule: string, fingerprint: string, text: string}> $queries */
    public static function write(string $heading, array $queries): string
    {
        $lines = $heading === '' ? [] : [$heading];
        foreach ($queries as $query) {
            // what looks like a mark in a text must not become one
            $text = str_replace('[LICATS:', '(LICATS:', trim((string) preg_replace('/\s+/u', ' ', $query['text'])));
            $text = mb_substr($text, 0, self::LONGEST);
            $lines[] = "[{$query['rule']}] $text [LICATS:{$query['id']}:{$query['fingerprint']}]";
        }
        return implode("\n", $lines);
    }

    /**
     * The queries that a comment asks: id => fingerprint.
     *
     * @return array<string, string>
     */
    public static function marks(string $comment): array
    {
        preg_match_all(self::MARK, $comment, $found, PREG_SET_ORDER);
        $marks = [];
        foreach ($found as [, $id, $fingerprint]) {
            // a key of digits only would become a number
            $marks["#$id"] = $fingerprint;
        }
        return $marks;
    }
}
