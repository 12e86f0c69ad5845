%% A watch inside the broker: it ends the broker when a quorum queue, or the log of all of them, has lost its process, and
%% lets a queue without a leader choose one.
%%
%% A disk that is full for a moment ends the log of all quorum queues for good (3.10: its supervisor starts again without
%% it), or only the processes of some queues: the broker goes on, says that it is well, and takes nothing for them until
%% somebody starts it again. This ends it instead, so that whoever supervises it does. A queue that was gone already and
%% did not stay after that start has damaged files, and another start would not help either: then this only says so.
%%
%% A queue that was being made when the broker was killed starts again, and never chooses itself as the leader that it needs:
%% nobody can read it, no message to it is confirmed, and who waits for that waits for ever. It is told to choose.
%%
%% The broker evaluates these expressions when it starts: rabbitmq-server -eval 'ok = file:eval("...").'

%% A queue that is moved is without a process, or a leader, for a moment; one that is being made, on a machine with much else
%% to do, for some seconds. To end the broker then would do the harm: others are being made at that moment, too.
LostSeconds = 5,
MakingSeconds = 30,
%% After so long without a loss, a start has helped.
HelpedSeconds = 60,
%% To list the queues was most of what a broker did that nobody used. So it is done when one of those known has no
%% process, when there are more or fewer of them, and else after so many seconds.
ListSeconds = 10,

Queues = fun() ->
    [Name || Queue <- rabbit_amqqueue:list(), amqqueue:get_type(Queue) =:= rabbit_quorum_queue,
             {Name, _} <- [amqqueue:get_pid(Queue)]]
end,
Memo = fun() -> filename:join(rabbit_mnesia:dir(), "ended-without-queues") end,
Tell = fun(Lost, Seen) ->
    Before = case file:consult(Memo()) of {ok, [Names]} -> Names; _ -> [] end,
    case [Name || Name <- Lost, maps:get(Name, Seen, 0) > LostSeconds orelse not lists:member(Name, Before)] of
        [] -> logger:error("~p do not start, their files are damaged: see docs/how-to/damaged-queues.md", [Lost]);
        _ ->
            logger:error("of the quorum queues ~p is gone; ending, to be started again", [Lost]),
            file:write_file(Memo(), io_lib:format("~p.", [lists:usort(Before ++ Lost)])),
            timer:sleep(500),
            erlang:halt(1, [{flush, false}])
    end
end,
Choose = fun(Name) ->
    logger:warning("the quorum queue ~p has no leader; it shall choose one", [Name]),
    spawn(fun() -> ra:trigger_election({Name, node()}) end)
end,
Watch = fun(Again, Second, Count, Known, Seen, Missed, Headless, Well) ->
    timer:sleep(1000),
    Up = case init:get_status() of {started, _} -> rabbit:is_running(); _ -> false end,
    Now = case Up of true -> rabbit_amqqueue:count(); false -> none end,
    List = Up andalso (Now =/= Count orelse Second rem ListSeconds =:= 0
        orelse lists:any(fun(Name) -> whereis(Name) =:= undefined end, Known)),
    Names = case {Up, List} of {true, true} -> [ra_log_wal | Queues()]; {true, false} -> Known; _ -> [] end,
    Gone = [{Name, maps:get(Name, Missed, 0) + 1} || Name <- Names, whereis(Name) =:= undefined],
    Patience = fun(Name) -> case maps:is_key(Name, Seen) of true -> LostSeconds; false -> MakingSeconds end end,
    case [Name || {Name, Seconds} <- Gone, Seconds =:= Patience(Name)] of [] -> ok; Lost -> Tell(Lost, Seen) end,
    Unled = [{Name, maps:get(Name, Headless, 0) + 1} || Name <- Names, Name =/= ra_log_wal,
        whereis(Name) =/= undefined, ra_leaderboard:lookup_leader(Name) =:= undefined],
    [Choose(Name) || {Name, Seconds} <- Unled, Seconds rem LostSeconds =:= 0],
    case Well of HelpedSeconds -> file:delete(Memo()); _ -> ok end,
    Here = [{Name, maps:get(Name, Seen, 0) + 1} || Name <- Names, whereis(Name) =/= undefined],
    Still = case {Up, Gone} of {true, []} -> Well + 1; _ -> 0 end,
    Again(Again, Second + 1, Now, Names, maps:merge(Seen, maps:from_list(Here)), maps:from_list(Gone), maps:from_list(Unled), Still)
end,
spawn(fun() -> Watch(Watch, 0, none, [], maps:new(), maps:new(), maps:new(), 0) end).
