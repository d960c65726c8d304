<?php

namespace Licats\Tests;

use Licats\LicatsHooks\QueryComment;
use Licats\LicatsHooks\QueryPolicy;
use Licats\LicatsHooks\Step;
use PHPUnit\Framework\TestCase;

final class QueryPolicyTest extends TestCase
{
    /** @return array{id: string, rule: string, fingerprint: string, text: string} */
    private static function query(string $letter, string $print = 'aaaaaaaa', string $text = 'Please check.'): array
    {
        return ['id' => str_repeat($letter, 16), 'rule' => 'DT01', 'fingerprint' => $print, 'text' => $text];
    }

    private static function ours(string $status, array ...$asked): Step
    {
        return new Step(1, '', 'worker', true, $status, '', QueryComment::write('', $asked));
    }

    private static function person(string $status, string $response = '', string $comment = ''): Step
    {
        return new Step(2, '', 'somebody', false, $status, $response, $comment);
    }

    /** @dataProvider asking */
    public function testWhatAskingDoes(string $status, array $steps, array $wanted, string $done, string $why): void
    {
        [$got, $reason, $ask] = QueryPolicy::ask($status, $steps, $wanted);
        self::assertSame([$done, $why], [$got, $reason]);
        self::assertSame(in_array($done, ['opened', 'added', 'reopened'], true), $ask !== []);
    }

    public function asking(): array
    {
        $a = self::query('a');
        $b = self::query('1');
        $changed = self::query('a', 'bbbbbbbb');
        $asked = self::ours('OPEN', $a);
        $answered = self::person('OPEN', 'CONFIRMED_CORRECT');
        $closed = self::person('CLOSED');
        return [
            'no thread' => ['', [], [$a], 'opened', ''],
            'an empty row' => ['OPEN', [], [$a], 'opened', ''],
            'verified without steps' => ['VERIFIED', [], [$a], 'left', 'person'],
            'the same again' => ['OPEN', [$asked], [$a], 'unchanged', ''],
            'the same two in another order' => ['OPEN', [self::ours('OPEN', $a, $b)], [$b, $a], 'unchanged', ''],
            'a second check on the field' => ['OPEN', [$asked], [$a, $b], 'added', ''],
            'one of two is gone' => ['OPEN', [self::ours('OPEN', $a, $b)], [$b], 'added', ''],
            'on other data' => ['OPEN', [$asked], [$changed], 'added', ''],
            'answered' => ['OPEN', [$asked, $answered], [$changed], 'left', 'answered'],
            'sent back by the monitor' => ['OPEN', [$asked, $answered, self::person('OPEN')], [$a], 'left', 'person'],
            "a person's own thread" => ['OPEN', [self::person('OPEN')], [$a], 'left', 'person'],
            'verified' => ['VERIFIED', [$asked, self::person('VERIFIED')], [$a], 'left', 'person'],
            'closed by us, fires again' => ['CLOSED', [$asked, self::ours('CLOSED')], [$a], 'reopened', ''],
            'closed by a person, same data' => ['CLOSED', [$asked, $answered, $closed], [$a], 'left', 'closed'],
            'closed by a person, other data' => ['CLOSED', [$asked, $answered, $closed], [$changed], 'reopened', ''],
            'closed by a person, another check' => ['CLOSED', [$asked, $closed], [$b], 'reopened', ''],
            'closed by a person, but it did not stand there any more' =>
                ['CLOSED', [self::ours('OPEN', $a, $b), self::ours('OPEN', $b), $closed], [$a], 'reopened', ''],
            "a person's thread, closed" => ['CLOSED', [self::person('OPEN'), $closed], [$a], 'reopened', ''],
        ];
    }

    public function testOnlyWhatIsNewIsAskedInAThreadThatAPersonClosed(): void
    {
        $steps = [self::ours('OPEN', self::query('a')), self::person('CLOSED')];
        [, , $ask] = QueryPolicy::ask('CLOSED', $steps, [self::query('a'), self::query('b')]);
        self::assertSame([self::query('b')], $ask);
    }

    public function testAMarkInAPersonsCommentCountsForNothing(): void
    {
        $forged = self::person('CLOSED', '', QueryComment::write('', [self::query('a')]));
        self::assertSame('reopened', QueryPolicy::ask('CLOSED', [$forged], [self::query('a')])[0]);
    }

    /** @dataProvider closing */
    public function testWhatClosingDoes(string $status, array $steps, string $done, string $why): void
    {
        self::assertSame([$done, $why], QueryPolicy::close($status, $steps));
    }

    public function closing(): array
    {
        $asked = self::ours('OPEN', self::query('a'));
        return [
            'no thread' => ['', [], 'absent', ''],
            'asked' => ['OPEN', [$asked], 'closed', ''],
            'answered' => ['OPEN', [$asked, self::person('OPEN', 'OTHER')], 'left', 'answered'],
            'sent back' => ['OPEN', [$asked, self::person('OPEN', 'OTHER'), self::person('OPEN')], 'left', 'person'],
            'closed already' => ['CLOSED', [$asked, self::person('CLOSED')], 'unchanged', ''],
            'verified' => ['VERIFIED', [$asked, self::person('VERIFIED')], 'unchanged', ''],
        ];
    }

    public function testACommentIsReadBack(): void
    {
        $queries = [self::query('1', '0123456789abcdef'), self::query('e', 'ffffffff', "Two\n lines,  日本語")];
        $comment = QueryComment::write('Asked again:', $queries);
        self::assertSame("Asked again:\n[DT01] Please check. [LICATS:1111111111111111:0123456789abcdef]\n"
            . '[DT01] Two lines, 日本語 [LICATS:eeeeeeeeeeeeeeee:ffffffff]', $comment);
        self::assertSame(
            ['#1111111111111111' => '0123456789abcdef', '#eeeeeeeeeeeeeeee' => 'ffffffff'],
            QueryComment::marks($comment)
        );
    }

    public function testManyLongTextsFitIntoTheColumn(): void
    {
        $queries = [];
        foreach (range(1, QueryComment::MOST) as $number) {
            $id = sprintf('%016x', $number);
            $queries[] = ['id' => $id, 'text' => str_repeat('𠮷', 3000)] + self::query('a', str_repeat('f', 64));
        }
        $comment = QueryComment::write('現在のデータについて改めて確認をお願いします:', $queries);
        self::assertLessThan(65535, strlen($comment));
        self::assertCount(QueryComment::MOST, QueryComment::marks($comment));
    }

    public function testATextCannotBringAMark(): void
    {
        $text = 'x [LICATS:' . str_repeat('9', 16) . ':12345678]';
        $comment = QueryComment::write('', [self::query('a', 'aaaaaaaa', $text)]);
        self::assertSame(['#aaaaaaaaaaaaaaaa'], array_keys(QueryComment::marks($comment)));
        $long = QueryComment::write('', [self::query('a', 'aaaaaaaa', str_repeat('あ', 3000))]);
        self::assertSame(['#aaaaaaaaaaaaaaaa'], array_keys(QueryComment::marks($long)));
        self::assertLessThan(2100, mb_strlen($long));
    }
}
