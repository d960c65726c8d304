<?php

namespace Licats\LicatsHooks;

/**
 * The comment of a step that this module takes in a thread: a line per query, each with a mark that names the query
 * and the fingerprint of what it was raised on. Knows no REDCap.
 */
final class QueryComment
{
    /** Queries in one comment. */
    public const MOST = 50;
    private const LONGEST = 2000;
    /** Characters of all texts together: REDCap's column holds 65535 bytes, marks among them. */
    private const ROOM = 13000;
    private const MARK = '/\[LICATS:([0-9a-f]{16}):([0-9a-f]{8,64})\]/';

    /** @param list<array{id: string, rule: string, fingerprint: string, text: string}> $queries */
    public static function write(string $heading, array $queries): string
    {
        $longest = min(self::LONGEST, intdiv(self::ROOM, max(1, count($queries))));
        $lines = $heading === '' ? [] : [$heading];
        foreach ($queries as $query) {
            // what looks like a mark in a text must not become one
            $text = str_replace('[LICATS:', '(LICATS:', trim((string) preg_replace('/\s+/u', ' ', $query['text'])));
            $text = mb_substr($text, 0, $longest);
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
