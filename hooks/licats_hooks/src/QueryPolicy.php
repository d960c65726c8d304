<?php

namespace Licats\LicatsHooks;

/**
 * What may be done with a thread. A thread whose last step is a person's is never touched, but for one: a thread that
 * a person closed is opened again when a query is asked that did not stand there on the same data. Knows no REDCap.
 */
final class QueryPolicy
{
    public const OPEN = 'OPEN';
    public const CLOSED = 'CLOSED';

    /**
     * Decide what asking these queries on a field does.
     *
     * @param list<Step> $steps in order; none where there is no thread
     * @param list<array{id: string, rule: string, fingerprint: string, text: string}> $wanted
     * @return array{0: string, 1: string, 2: list<array<string, string>>} what is done (opened, added, reopened,
     *     unchanged, left), why, and the queries to ask
     */
    public static function ask(string $status, array $steps, array $wanted): array
    {
        $last = end($steps) ?: null;
        if ($last === null) {
            // a status without a step is a verification, or a row that somebody else prepared
            return in_array($status, ['', self::OPEN, self::CLOSED], true)
                ? ['opened', '', $wanted]
                : ['left', 'person', []];
        }
        if ($status === self::OPEN) {
            if (!$last->ours) {
                return ['left', $last->response === '' ? 'person' : 'answered', []];
            }
            return self::same($last->marks, $wanted) ? ['unchanged', '', []] : ['added', '', $wanted];
        }
        if ($status !== self::CLOSED) {
            return ['left', 'person', []];
        }
        if ($last->ours) {
            return ['reopened', '', $wanted];
        }
        $asked = self::asked($steps);
        $new = array_values(array_filter(
            $wanted,
            static fn (array $one): bool => ($asked["#{$one['id']}"] ?? '') !== $one['fingerprint']
        ));
        return $new === [] ? ['left', 'closed', []] : ['reopened', '', $new];
    }

    /**
     * Decide whether a thread may be closed: only while nobody has answered or taken it over.
     *
     * @param list<Step> $steps
     * @return array{0: string, 1: string} what is done (closed, absent, unchanged, left), and why
     */
    public static function close(string $status, array $steps): array
    {
        $last = end($steps) ?: null;
        if ($last === null) {
            return ['absent', ''];
        }
        if ($status !== self::OPEN) {
            return ['unchanged', ''];
        }
        if (!$last->ours) {
            return ['left', $last->response === '' ? 'person' : 'answered'];
        }
        return ['closed', ''];
    }

    /**
     * What a thread asked last, and so what a person decided on who closed it.
     *
     * @param list<Step> $steps
     * @return array<string, string>
     */
    private static function asked(array $steps): array
    {
        $asking = array_filter($steps, static fn (Step $step): bool => $step->marks !== []);
        return $asking === [] ? [] : end($asking)->marks;
    }

    /**
     * @param array<string, string> $marks
     * @param list<array<string, string>> $wanted
     */
    private static function same(array $marks, array $wanted): bool
    {
        $there = [];
        foreach ($wanted as $one) {
            $there["#{$one['id']}"] = $one['fingerprint'];
        }
        ksort($there);
        ksort($marks);
        return $there === $marks;
    }
}
