package rediscache

import (
	"errors"
	"fmt"
	"strconv"
)

// question is what a Watch asks a server on its connection, again and again.
type question struct {
	command []byte // as it is sent
	matters bool   // whether the answer says more than that the server lives, so that each is needed in time

	// answer reads an answer. Its error ends the Watch. Nil means that every answer is good.
	answer func(s *changes, e element) error
}

// newQuestion returns a question with the words of its command.
func newQuestion(words ...string) question {
	command := append(strconv.AppendInt([]byte{'*'}, int64(len(words)), 10), "\r\n"...)
	for _, word := range words {
		command = append(strconv.AppendInt(append(command, '$'), int64(len(word)), 10), "\r\n"...)
		command = append(append(command, word...), "\r\n"...)
	}
	return question{command: command}
}

// ping asks whether the server lives. An error is an answer, too: the account may not be allowed to ask.
var ping = newQuestion("PING")

// role asks whether the server is a master. The sentinels may have made it a replica, which also answers.
var role = question{command: newQuestion("ROLE").command, matters: true, answer: (*changes).mustBeMaster}

var errNotMaster = errors.New("the server is not a master any more")

// mustBeMaster reads the answer to ROLE. It returns an error if the server is not a master. If the account may not ask,
// only the sentinels can say so.
func (s *changes) mustBeMaster(e element) error {
	if e.kind == '-' {
		s.alive.question = ping
	}
	if e.kind != '*' || e.n < 1 {
		return s.rest(e)
	}
	name, err := s.string()
	switch {
	case err != nil:
		return err
	case name != "master":
		return errNotMaster
	}
	return s.rest(element{kind: '*', n: e.n - 1})
}

// topology asks which nodes the cluster has.
var topology = question{command: newQuestion("CLUSTER", "NODES").command, matters: true, answer: (*changes).learnNodes}

// errNewMaster is the error of a Watch if the cluster has a master that it does not hear.
var errNewMaster = errors.New("the cluster has another master now")

// learnNodes reads the answer to CLUSTER NODES. It returns an error if there is a master that nobody watches.
func (s *changes) learnNodes(e element) error {
	switch {
	case e.kind == '-':
		return fmt.Errorf("the server refuses CLUSTER NODES: %w", answer(e.text))
	case !s.isString(e) || e.n < 0:
		return errProtocol
	}
	text, err := s.bytes(e)
	if err != nil {
		return err
	}
	if s.nodes, err = parseNodes(text); err != nil {
		return err
	}
	if s.watched != nil && len(s.nodes.mastersWithout(s.watched)) > 0 {
		return errNewMaster
	}
	return nil
}
